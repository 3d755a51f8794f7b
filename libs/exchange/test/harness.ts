import { type FaultSpec, type Simulator, type SimulatorOptions, startSimulator } from '@bot-core/binance-simulator';
import { clientOrderIdFor, type OrderRequest, tradingSymbol } from '@bot-core/events';
import { type BinanceOptions, connectBinance, type Exchange, type OrderToSubmit } from '../src/index.ts';

/** One per test file: the library keeps one stream address per process. */
export interface Market extends AsyncDisposable {
  readonly simulator: Simulator;
  connect(options?: Partial<BinanceOptions>): Promise<Exchange>;
  fault(spec: FaultSpec): void;
  clearFaults(): void;
  /** Plays candles to their end. */
  play(candles?: number): void;
}

export const btc = tradingSymbol('BTCUSDT');

export const openMarket = async (options: SimulatorOptions = {}): Promise<Market> => {
  const simulator = await startSimulator({
    rateLimits: { ordersPer10Seconds: 100_000, weightPerMinute: 1_000_000 },
    balances: { USDT: '1000000' },
    ...options,
  });
  const { httpBase, wsBase, wsApi, apiKey, apiSecret } = simulator;
  const open: Exchange[] = [];
  return {
    simulator,
    connect: async (given = {}) => {
      const exchange = await connectBinance({ httpBase, wsBase, wsApi, apiKey, apiSecret, clock: 'ask', ...given });
      open.push(exchange);
      return exchange;
    },
    fault: (spec) => check(simulator.control({ op: 'faults', add: spec })),
    clearFaults: () => check(simulator.control({ op: 'faults', clear: true })),
    play: (candles = 1) => {
      for (let left = candles; left > 0;) {
        const { phase } = check(simulator.control({ op: 'advance' }));
        if (phase === 'end') throw new Error('the simulator has no more candles');
        if (phase === 'closed') left -= 1;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(open.map((exchange) => exchange.close()));
      await simulator.close();
    },
  };
};

const check = (answer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  if (answer['error'] !== undefined) throw new Error(String(answer['error']));
  return answer;
};

let orders = 0;
export const marketOrder = (side: 'BUY' | 'SELL', quantity: string): OrderToSubmit => ({
  symbol: btc,
  clientOrderId: clientOrderIdFor('test', String((orders += 1))),
  request: { type: 'market', side, quantity: quantity as Extract<OrderRequest, { type: 'market' }>['quantity'] },
});

/** Take-profit and stop-loss that far from `price`, in per cent. */
export const ocoOrder = (quantity: string, price: number, percent = 10): OrderToSubmit => {
  const id = String((orders += 1));
  const at = (factor: number) => (price * factor).toFixed(2) as never; // any price on the tick will do here
  return {
    symbol: btc,
    clientOrderId: clientOrderIdFor('oco', id),
    request: {
      type: 'oco',
      side: 'SELL',
      quantity: quantity as never,
      takeProfitPrice: at(1 + percent / 100),
      stopPrice: at(1 - percent / 100),
      stopLimitPrice: at(1 - percent / 90),
      takeProfitClientOrderId: clientOrderIdFor('oco-tp', id),
      stopClientOrderId: clientOrderIdFor('oco-sl', id),
    },
  };
};

/** Resolves when `isSo` holds; looked at after every turn of the event loop, with a deadline. */
export const until = async (what: string, isSo: () => boolean, deadlineMs = 10_000): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
