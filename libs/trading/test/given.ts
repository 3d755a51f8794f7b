import {
  defaultTradingConfig,
  type ClientOrderId,
  type OrderRequest,
  price,
  quantity,
  amount,
  asset,
  type SignalEmitted,
  signalId,
  tradingSymbol,
  unixMs,
  type TradingConfig,
} from '@bot-core/events';
import { expect } from 'vitest';
import {
  decide,
  evolve,
  initialPortfolio,
  type ObservedFill,
  type ObservedOrder,
  type Portfolio,
  type PortfolioCommand,
  replay,
  type SymbolRules,
  type TradingEvent,
} from '../src/index.ts';

/** The market of the tests: one tick is 0.01, one lot 0.00001, at least 5 USDT an order; no fees unless a fill says so. */
export const BTCUSDT = tradingSymbol('BTCUSDT');
export const rules: SymbolRules = {
  symbol: BTCUSDT,
  baseAsset: asset('BTC'),
  quoteAsset: asset('USDT'),
  trading: true,
  tickSize: price('0.01'),
  stepSize: quantity('0.00001'),
  minQuantity: quantity('0.00001'),
  maxQuantity: quantity('9000'),
  maxMarketQuantity: quantity('100'),
  minNotional: amount('5'),
};

export const hour = 3_600_000;
/** The close of the n-th candle, and what follows it at once. */
export const closeOf = (candle: number) => unixMs(candle * hour + hour - 1);

export const signal = (candle: number, change: Partial<SignalEmitted> = {}): SignalEmitted => ({
  signalId: signalId(BTCUSDT, '1h', unixMs(candle * hour), 'momentum'),
  symbol: BTCUSDT,
  interval: '1h',
  openTime: unixMs(candle * hour),
  closeTime: closeOf(candle),
  price: price('20000'),
  direction: 'long',
  probability: 0.9,
  confidence: 80,
  modelId: 'momentum',
  modelType: 'momentum',
  cause: 'model',
  ...change,
});

export const fill = (
  tradeId: string,
  change: Partial<ObservedFill> & { quantity: ObservedFill['quantity']; price: ObservedFill['price'] },
): ObservedFill => ({
  tradeId,
  leg: null,
  side: 'BUY',
  quoteQuantity: amount(String(Math.round(Number(change.quantity) * Number(change.price) * 1e8) / 1e8)),
  fee: amount('0'),
  feeAsset: asset('USDT'),
  feeInQuote: amount('0'),
  at: closeOf(1),
  ...change,
});

export const observed = (
  status: ObservedOrder['status'],
  fills: readonly ObservedFill[] = [],
  exchangeOrderId = '1',
): ObservedOrder => ({
  exchangeOrderId,
  status,
  fills,
  at: closeOf(1),
});

/** A portfolio that commands are put to one after another, as the executor does it. */
export class Desk {
  state: Portfolio = initialPortfolio('main');
  readonly ledger: TradingEvent[] = [];

  constructor(config: Partial<TradingConfig> = {}, balance = '10000') {
    const at = closeOf(0);
    this.do({ type: 'ObserveBalances', balances: [{ asset: asset('USDT'), total: amount(balance) }], at });
    this.do({
      type: 'ChangeConfig',
      requestId: 'config',
      by: 'test',
      config: { ...defaultTradingConfig, ...config },
      at,
    });
    this.do({ type: 'StartBot', requestId: 'start', by: 'test', at });
  }

  do(command: PortfolioCommand): readonly TradingEvent[] {
    const events = decide(command, this.state);
    this.state = replay(this.state, events);
    this.ledger.push(...events);
    return events;
  }

  consider(emitted: SignalEmitted, at = emitted.closeTime) {
    return this.do({ type: 'ConsiderSignal', signal: emitted, rules, at });
  }

  /** The only open order with this purpose. */
  order(purpose: 'entry' | 'exit' | 'protection'): { id: ClientOrderId; request: OrderRequest } {
    const orders = [...this.state.orders.values()].filter(({ terms }) => terms.purpose === purpose);
    expect(orders, `open ${purpose} orders`).toHaveLength(1);
    const [{ terms }] = orders as [(typeof orders)[number]];
    return { id: terms.clientOrderId, request: terms.request };
  }

  claim(clientOrderId: ClientOrderId, at = closeOf(1)) {
    return this.do({ type: 'ClaimOrder', clientOrderId, claimant: 'executor-1', at });
  }

  observe(clientOrderId: ClientOrderId, order: ObservedOrder) {
    return this.do({ type: 'ObserveOrder', clientOrderId, order, rules, at: order.at });
  }

  /** Buys 0.25 BTC at 20,000 and lets the protection rest. */
  open(fills: readonly ObservedFill[] = [fill('1', { quantity: quantity('0.25'), price: price('20000') })]): this {
    this.consider(signal(1));
    const entry = this.order('entry').id;
    this.claim(entry);
    this.observe(entry, observed('filled', fills));
    const protection = this.order('protection').id;
    this.claim(protection);
    this.observe(protection, observed('open', [], '2'));
    return this;
  }
}

export const typesOf = (events: readonly TradingEvent[]): readonly string[] => events.map(({ type }) => type);
type ByType = { [E in TradingEvent as E['type']]: E };
export const dataOf = <T extends TradingEvent['type']>(events: readonly TradingEvent[], type: T): ByType[T]['data'][] =>
  (events as readonly ByType[T][]).filter((event) => event.type === type).map(({ data }) => data);
export const foldOneByOne = (events: readonly TradingEvent[]): Portfolio =>
  events.reduce(evolve, initialPortfolio('main'));
