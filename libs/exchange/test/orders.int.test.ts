import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AmbiguousAnswer, type Exchange, NotNow } from '../src/index.ts';
import { btc, type Market, marketOrder, ocoOrder, openMarket } from './harness.ts';

let market: Market;
let exchange: Exchange;
beforeAll(async () => {
  market = await openMarket();
  exchange = await market.connect({ deadlineMs: 1_000 });
});
afterEach(() => market.clearFaults());
afterAll(() => market[Symbol.asyncDispose]());

const lastPrice = async () => Number((await exchange.candles({ symbol: btc, interval: '1h', limit: 1 })).at(-1)?.close);
const total = async (asset: string) => (await exchange.balances()).find((one) => one.asset === asset)?.total;

describe('a market order', () => {
  it('is accepted with its fills, and found with the same ones', async () => {
    const order = marketOrder('BUY', '0.01');
    const answer = await exchange.submit(order);
    if (answer.outcome !== 'accepted') throw new Error(answer.message);
    expect(answer.order).toMatchObject({ status: 'filled', fills: [{ side: 'BUY', quantity: '0.01', leg: null }] });
    const [fill] = answer.order.fills;
    expect(fill?.feeAsset).toBe('BTC');
    expect(Number(fill?.feeInQuote)).toBeCloseTo(Number(fill?.fee) * Number(fill?.price), 8);
    expect(await exchange.find(order)).toEqual(answer.order);
    expect(await total('BTC')).toBe('0.00999');
  });

  it('with a fee in quote values it as it is', async () => {
    const answer = await exchange.submit(marketOrder('SELL', '0.005'));
    const fill = answer.outcome === 'accepted' ? answer.order.fills[0] : undefined;
    expect(fill?.feeAsset).toBe('USDT');
    expect(fill?.feeInQuote).toBe(fill?.fee);
  });

  it('with partial fills tells all of them, in order', async () => {
    market.fault({ kind: 'partial-fills', parts: 3, count: 1 });
    const order = marketOrder('BUY', '0.03');
    const answer = await exchange.submit(order);
    if (answer.outcome !== 'accepted') throw new Error(answer.message);
    expect(answer.order.fills).toHaveLength(3);
    expect((await exchange.find(order))?.fills).toEqual(answer.order.fills);
  });

  it.each([
    ['too little', '0.000001', -1013],
    ['too precise', '0.0000123456789', -1111],
    ['too much for the account', '90', -2010],
  ])('of %s is rejected for good', async (_name, quantity, code) => {
    expect(await exchange.submit(marketOrder('BUY', quantity))).toMatchObject({ outcome: 'rejected', code });
  });

  it('that was never sent is not found', async () => {
    expect(await exchange.find(marketOrder('BUY', '0.01'))).toBeNull();
  });
});

describe('an order list', () => {
  it('rests, is found as one order, is taken off once', async () => {
    await exchange.submit(marketOrder('BUY', '0.02'));
    const order = ocoOrder('0.01', await lastPrice());
    const answer = await exchange.submit(order);
    expect(answer).toMatchObject({ outcome: 'accepted', order: { status: 'open', fills: [] } });
    expect(await exchange.find(order)).toMatchObject({ status: 'open', fills: [] });
    expect(await exchange.cancel(order)).toMatchObject({ status: 'canceled', fills: [] });
    expect(await exchange.cancel(order)).toBeNull();
    expect(await exchange.find(order)).toMatchObject({ status: 'canceled' });
  });

  it('is filled by one leg, which its fills name', async () => {
    await exchange.submit(marketOrder('BUY', '0.02'));
    const order = ocoOrder('0.01', await lastPrice(), 0.3);
    expect(await exchange.submit(order)).toMatchObject({ outcome: 'accepted' });
    for (let candle = 0; (await exchange.find(order))?.status === 'open'; candle += 1) {
      if (candle > 200) throw new Error('the price never moved by 0.3 %');
      market.play();
    }
    const found = await exchange.find(order);
    expect(found?.status).toBe('filled');
    expect(found?.fills.map(({ quantity }) => Number(quantity)).reduce((a, b) => a + b)).toBe(0.01);
    expect(['take-profit', 'stop-loss']).toContain(found?.fills[0]?.leg);
    expect(new Set(found?.fills.map(({ leg }) => leg)).size).toBe(1);
    expect(await exchange.cancel(order)).toBeNull();
  });

  it('at the wrong side of the price is rejected', async () => {
    const order = ocoOrder('0.001', (await lastPrice()) * 2);
    expect(await exchange.submit(order)).toMatchObject({ outcome: 'rejected', code: -2010 });
    expect(await exchange.find(order)).toBeNull();
  });
});

describe('an answer that does not come', () => {
  const path = '/api/v3/order';
  const method = 'POST';
  it.each([
    ['a 5xx', { kind: 'error-after', path, method, count: 1 }],
    ['-1007', { kind: 'timeout-after', path, method, count: 1 }],
    ['a dropped socket', { kind: 'hang-up-after', path, method, count: 1 }],
  ] as const)('%s after the order was taken: ambiguous, and find tells that it exists', async (_name, fault) => {
    market.fault(fault);
    const order = marketOrder('BUY', '0.001');
    await expect(exchange.submit(order)).rejects.toBeInstanceOf(AmbiguousAnswer);
    expect(await exchange.find(order)).toMatchObject({ status: 'filled', fills: [{ quantity: '0.001' }] });
  });

  it.each([
    ['a 5xx', { kind: 'error-before', path, method, count: 1 }],
    ['-1007', { kind: 'timeout-before', path, method, count: 1 }],
    ['a dropped socket', { kind: 'hang-up-before', path, method, count: 1 }],
  ] as const)(
    '%s before the order was taken: ambiguous, and find tells that it does not exist',
    async (_name, fault) => {
      market.fault(fault);
      const order = marketOrder('BUY', '0.001');
      await expect(exchange.submit(order)).rejects.toBeInstanceOf(AmbiguousAnswer);
      expect(await exchange.find(order)).toBeNull();
    },
  );

  it('in time: ambiguous', async () => {
    market.fault({ kind: 'latency-before', ms: 3_000, path, method, count: 1 });
    const begun = performance.now();
    await expect(exchange.submit(marketOrder('BUY', '0.001'))).rejects.toThrow('no answer within 1000 ms');
    expect(performance.now() - begun).toBeLessThan(2_900);
  });

  it("of the exchange's clock: the order was not sent", async () => {
    const own = await market.connect();
    await own.rules(btc);
    market.fault({ kind: 'error-before', path: '/api/v3/time', count: 1 });
    const order = marketOrder('BUY', '0.001');
    await expect(own.submit(order)).rejects.toBeInstanceOf(NotNow);
    expect(await exchange.find(order)).toBeNull();
  });
});

describe('a clock that jumps', () => {
  it('between two calls is asked again, and the second is done', async () => {
    const order = marketOrder('BUY', '0.001');
    expect(await exchange.find(order)).toBeNull();
    market.play();
    expect(await exchange.submit(order)).toMatchObject({ outcome: 'accepted' });
    market.play();
    expect(await exchange.find(order)).toMatchObject({ status: 'filled' });
  });
});

describe('a leg that the exchange does not show yet', () => {
  it('does not make the order list unknown', async () => {
    await exchange.submit(marketOrder('BUY', '0.02'));
    const order = ocoOrder('0.01', await lastPrice());
    await exchange.submit(order);
    market.fault({ kind: 'error-before', status: 404, path: '/api/v3/order', method: 'GET' });
    await expect(exchange.find(order)).rejects.toThrow();
    market.clearFaults();
    expect(await exchange.cancel(order)).toMatchObject({ status: 'canceled' });
  });
});

describe('limits', () => {
  it('a 429 says when to come back, and nothing is sent before', async () => {
    const own = await market.connect();
    market.fault({ kind: 'rate-limit', retryAfterSeconds: 1, path: '/api/v3/order', method: 'POST', count: 1 });
    const order = marketOrder('BUY', '0.001');
    await expect(own.submit(order)).rejects.toMatchObject({ code: 'not-now', retryAfterMs: 1_000 });
    await expect(own.find(order)).rejects.toBeInstanceOf(NotNow);
    expect(await exchange.find(order)).toBeNull();
  });

  it('a bulk read leaves the rest of the weight to orders', async () => {
    const own = await market.connect();
    const bulk = async () => {
      for (let calls = 0; calls < 1_000; calls += 1) {
        await own.balances();
        await own.candles({ symbol: btc, interval: '1h', limit: 1 });
      }
    };
    await expect(bulk()).rejects.toThrow(/not now, again in \d+ ms \(\d+ of 6000 request weight used\)/);
    expect(await own.submit(marketOrder('BUY', '0.001'))).toMatchObject({ outcome: 'accepted' });
  });

  it('a ban says how long it lasts', async () => {
    const own = await market.connect();
    market.fault({ kind: 'ban', seconds: 30 });
    await expect(own.balances()).rejects.toMatchObject({ code: 'not-now', retryAfterMs: 30_000 });
  });
});
