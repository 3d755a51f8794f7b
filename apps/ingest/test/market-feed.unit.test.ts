import { CandleClosed, intervalMs, type Message, price, quantity, tradingSymbol, unixMs } from '@bot-core/events';
import { type ExchangeCandle, NotNow } from '@bot-core/exchange';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MarketFeed } from '../src/candles/market-feed.ts';
import type { MarketBus } from '../src/candles/market-log.ts';
import { ingestMetrics } from '../src/metrics.ts';

const market = { symbol: tradingSymbol('BTCUSDT'), interval: '1m' } as const;
const step = intervalMs['1m'];
const candle = (n: number): ExchangeCandle => ({
  openTime: unixMs(n * step),
  closeTime: unixMs((n + 1) * step - 1),
  open: price('1'),
  high: price('2'),
  low: price('1'),
  close: price(String(n)),
  volume: quantity('3'),
});

/** An exchange and a stream in memory. `has`: the candles that the exchange has; `failures`: publishes that fail first. */
const world = (
  options: {
    has?: number[];
    stored?: number[];
    failures?: number;
    stoodStill?: boolean;
    history?: number;
    now?: number;
  } = {},
) => {
  const { has = [], stored = [], stoodStill = false, history = 1_000, now = 1_000 } = options;
  let { failures = 0 } = options;
  const log: (number | string)[] = [...stored];
  const asked: string[] = [];
  const ids = new Set<string>();
  const bus: MarketBus = {
    publish: async <Data>(message: Message<Data>) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error('no acknowledgement');
      }
      const duplicate = ids.has(message.id);
      ids.add(message.id);
      const data = message.data as { openTime?: number; firstOpenTime?: number; lastOpenTime?: number };
      const told =
        data.openTime === undefined
          ? `${data.firstOpenTime! / step}-${data.lastOpenTime! / step} missing`
          : data.openTime / step;
      if (!duplicate) log.push(told);
      return { stream: 'MARKET', sequence: log.length, duplicate };
    },
    last: async (_stream, subject, definition) => {
      asked.push(subject);
      const newest = log.findLast((one) => typeof one === 'number');
      if (definition.type !== CandleClosed.type || newest === undefined) return undefined;
      return { data: { openTime: unixMs(Number(newest) * step) } } as never; // all that is read of it
    },
  };
  const exchange = {
    now: async () => unixMs(now * step),
    candles: async ({ from, to = Infinity, limit }: { from?: number; to?: number; limit: number }) => {
      const within = has.filter((n) => n * step >= (from ?? 0) && n * step <= to).map(candle);
      return from === undefined ? within.slice(-limit) : within.slice(0, limit);
    },
  };
  const feed = new MarketFeed({
    market,
    exchange,
    bus,
    history,
    metrics: ingestMetrics(new Registry()),
    stoodStill: () => stoodStill,
    persistence: { signal: new AbortController().signal, onFailure: () => undefined },
  });
  const stream = async (...numbers: number[]) => {
    for (const n of numbers) feed.onCandle(candle(n), unixMs((n + 1) * step));
    await feed.idle();
  };
  return { feed, log, asked, exchange, stream, appear: (...numbers: number[]) => has.push(...numbers) };
};

describe('a market', () => {
  it('stores the history, then what the stream brings', async () => {
    const { feed, log, stream } = world({ has: [1, 2, 3] });
    await feed.catchUp();
    await stream(4, 5);
    expect(log).toEqual([1, 2, 3, 4, 5]);
    expect(feed.status).toMatchObject({ lastOpenTime: 5 * step, state: 'live' });
  });

  it('counts the candles of its history, so that an outage does not shorten it', async () => {
    const { feed, log } = world({ has: [1, 2, 3, 7, 8, 9], history: 4 });
    await feed.catchUp();
    expect(log).toEqual([3, '4-6 missing', 7, 8, 9]);
  });

  it('fetches a history longer than one page', async () => {
    const has = Array.from({ length: 2_600 }, (_, n) => n);
    const { feed, log } = world({ has, history: 2_500, now: 2_600 });
    await feed.catchUp();
    expect(log).toEqual(has.slice(100));
  });

  it('goes on after the newest stored candle', async () => {
    const { feed, log } = world({ has: [1, 2, 3, 4], stored: [1, 2] });
    await feed.catchUp();
    expect(log).toEqual([1, 2, 3, 4]);
  });

  it('repairs a hole before it goes on', async () => {
    const { feed, log, stream } = world({ has: [1, 2, 3, 4, 5, 6] });
    await stream(1, 2, 6, 7);
    expect(log).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(feed.status.state).toBe('live');
  });

  it('tells what the exchange itself does not have, then goes on', async () => {
    const { log, stream } = world({ has: [1, 2, 4] });
    await stream(1, 2, 7);
    expect(log).toEqual([1, 2, '3-3 missing', 4, '5-6 missing', 7]);
  });

  it('stores candles that came while it fetched the history only once', async () => {
    const { feed, log, stream } = world({ has: [1, 2, 3] });
    const caughtUp = feed.catchUp();
    await stream(3, 4);
    await caughtUp;
    expect(log).toEqual([1, 2, 3, 4]);
  });

  it('ignores what comes twice or late', async () => {
    const { log, stream } = world();
    await stream(1, 2, 2, 1, 3);
    expect(log).toEqual([1, 2, 3]);
  });

  it('keeps the order while publishing fails', async () => {
    const { log, stream } = world({ failures: 2 });
    await stream(1, 2, 3);
    expect(log).toEqual([1, 2, 3]);
  });

  it('does not look before it publishes what has just come', async () => {
    const { asked, stream } = world();
    await stream(1, 2, 3);
    expect(asked).toHaveLength(1); // at the begin
  });

  it('looks before it publishes after this process stood still', async () => {
    const { log, asked, stream } = world({ stoodStill: true });
    await stream(1);
    log.push(2, 3); // another replica went on, and the dedupe window has forgotten
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 10 * 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    await stream(2, 3, 4);
    expect(log).toEqual([1, 2, 3, 4]);
    expect(asked.length).toBeGreaterThan(1);
  });

  it('asks the exchange again while it does not answer', async () => {
    const { feed, log, exchange } = world({ has: [1, 2] });
    const { candles } = exchange;
    let failures = 2;
    exchange.candles = async (query) => {
      if (failures-- > 0) throw new NotNow('candles', 1, new Error('429'));
      return candles(query);
    };
    await feed.catchUp();
    expect(log).toEqual([1, 2]);
  });

  it('fetches a candle that is overdue though the socket lives', async () => {
    const { feed, log, appear } = world({ has: [1, 2] });
    await feed.catchUp();
    appear(3);
    await feed.lookForOverdue();
    expect(log).toEqual([1, 2, 3]);
  });
});
