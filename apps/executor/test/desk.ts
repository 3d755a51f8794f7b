import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@bot-core/binance-simulator';
import {
  defaultTradingConfig,
  idOf,
  type LedgerEvent,
  price,
  type SignalEmitted,
  signalId,
  tradingSymbol,
} from '@bot-core/events';
import { connectEventStore, type EventStore } from '@bot-core/event-store';
import { startEventStore } from '@bot-core/eventstore-embedded';
import { connectBinance, type Exchange } from '@bot-core/exchange';
import { createLogger, Health } from '@bot-core/service';
import { followOrders } from '../src/orders/reports.ts';
import { Trader } from '../src/orders/trader.ts';
import { PortfolioService } from '../src/portfolio/portfolio.service.ts';

export const BTCUSDT = tradingSymbol('BTCUSDT');
const history = 200;
const hour = 3_600_000;
const cause = { correlationId: idOf('test'), causationId: idOf('test') };

/** An executor's inner parts on a real ledger and the simulator, without bus and Nest. A second one is a restarted executor. */
export interface Executor {
  readonly portfolio: PortfolioService;
  readonly trader: Trader;
  consider(direction: 'long' | 'short'): Promise<void>;
  /** As after kill -9: nothing is finished, nothing is closed in order. */
  abandon(): Promise<void>;
}

export interface Desk {
  readonly simulator: Simulator;
  readonly exchange: Exchange;
  start(): Promise<Executor>;
  /** A confident signal on the newest closed candle. */
  signal(direction: 'long' | 'short'): Promise<SignalEmitted>;
  /** The portfolio's events, in order. */
  ledger(): Promise<readonly LedgerEvent[]>;
  /** What was refused in the symbol, in order. */
  rejections(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** A simulator with a seeded market, an embedded event store in a folder of its own, and as many executors as are started. */
export const openDesk = async (): Promise<Desk> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'executor-'));
  const simulator = await startSimulator({ sources: [{ symbol: BTCUSDT }], history, clock: 'settled', seed: 3 });
  const { httpBase, wsApi, apiKey, apiSecret } = simulator;
  const server = await startEventStore({ dataDir });
  const reader = connectEventStore(server.url);
  const logger = createLogger({ name: 'test', level: 'silent', pretty: false, secrets: [] });
  const exchange = await connectBinance({ httpBase, wsApi, apiKey, apiSecret, clock: 'ask', deadlineMs: 2_000 });
  const executors: Executor[] = [];

  const start = async (): Promise<Executor> => {
    const ending = new AbortController();
    const ledger: EventStore = connectEventStore(server.url);
    const portfolio = new PortfolioService(ledger, 'main');
    const trader = new Trader({
      portfolio,
      exchange,
      claimant: `executor-${executors.length + 1}`,
      recvWindowMs: 400,
      logger,
      signal: ending.signal,
    });
    await portfolio.load();
    const at = await exchange.now();
    await portfolio.execute({ type: 'ObserveBalances', balances: await exchange.balances(), at }, cause);
    const operator = { requestId: idOf('start'), by: 'test', at };
    await portfolio.execute(
      { type: 'ChangeConfig', ...operator, config: { ...defaultTradingConfig, maxSignalAgeMs: hour } },
      cause,
    );
    await portfolio.execute({ type: 'StartBot', ...operator }, cause);
    const following = await followOrders({ exchange, trader, health: new Health(), logger, checkIntervalMs: 100 });
    const executor: Executor = {
      portfolio,
      trader,
      consider: async (direction) => {
        const now = await exchange.now();
        await portfolio.execute(
          { type: 'ConsiderSignal', signal: await signalNow(direction), rules: await exchange.rules(BTCUSDT), at: now },
          cause,
        );
        await trader.settle();
      },
      abandon: async () => {
        ending.abort();
        await following.close();
        await ledger.close();
      },
    };
    executors.push(executor);
    return executor;
  };

  const signalNow = async (direction: 'long' | 'short'): Promise<SignalEmitted> => {
    const [candle] = (await exchange.candles({ symbol: BTCUSDT, interval: '1h', limit: 1 })).slice(-1);
    if (!candle) throw new Error('the simulator has no closed candle');
    return {
      signalId: signalId(BTCUSDT, '1h', candle.openTime, direction),
      symbol: BTCUSDT,
      interval: '1h',
      openTime: candle.openTime,
      closeTime: candle.closeTime,
      price: price(candle.close),
      direction,
      probability: direction === 'long' ? 0.95 : 0.05,
      confidence: 90,
      modelId: 'test',
      modelType: 'test',
      cause: 'model',
    };
  };

  return {
    simulator,
    exchange,
    start,
    signal: signalNow,
    rejections: async () => {
      const found: unknown[] = [];
      for await (const { data } of reader.read(`decision-main-${BTCUSDT}`)) found.push(data);
      return found;
    },
    ledger: async () => {
      const events: LedgerEvent[] = [];
      for await (const { id, type, data } of reader.read('portfolio-main')) events.push({ id, type, data });
      return events;
    },
    close: async () => {
      await Promise.all(executors.map((executor) => executor.abandon()));
      await exchange.close();
      await reader.close();
      await server.close();
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

export const trades = (simulator: Simulator) =>
  (simulator.control({ op: 'trades' }) as { trades: readonly unknown[] }).trades;
export const openOrders = (simulator: Simulator) =>
  (simulator.control({ op: 'openOrders' }) as { orders: readonly unknown[] }).orders;
export const fault = (simulator: Simulator, add: Record<string, unknown>): void => {
  const answer = simulator.control({ op: 'faults', add });
  if (answer['error']) throw new Error(String(answer['error']));
};
