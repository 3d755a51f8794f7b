import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange, ExchangeCandle, OrderReport } from '../src/index.ts';
import { btc, type Market, marketOrder, openMarket, until } from './harness.ts';
import { startProxy } from './proxy.ts';

let market: Market;
beforeAll(async () => {
  market = await openMarket();
});
afterEach(() => market.clearFaults());
afterAll(() => market[Symbol.asyncDispose]());

const connections = () =>
  market.simulator.control({ op: 'state' })['connections'] as { readonly market: number; readonly user: number };

const followReports = async (exchange: Exchange) => {
  const seen = { reports: [] as OrderReport[], connected: 0, lost: [] as string[] };
  const subscription = await exchange.followOrders({
    onReport: (report) => seen.reports.push(report),
    onConnected: () => (seen.connected += 1),
    onDisconnected: (reason) => seen.lost.push(reason),
  });
  await until('the user stream is up', () => seen.connected === 1);
  return { seen, subscription };
};

const followCandles = async (exchange: Exchange) => {
  const seen = { candles: [] as ExchangeCandle[], prices: [] as string[], connected: 0, lost: [] as string[] };
  const subscription = await exchange.follow([{ symbol: btc, interval: '1h' }], {
    onCandle: (_symbol, _interval, candle) => seen.candles.push(candle),
    onPrice: (_symbol, price) => seen.prices.push(price),
    onConnected: () => (seen.connected += 1),
    onSilence: (reason) => seen.lost.push(reason),
  });
  await until('the market streams are up', () => seen.connected === 1);
  return { seen, subscription };
};

describe('the user stream', () => {
  it('tells of an order and its fill, as the answer does', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followReports(exchange);
    const order = marketOrder('BUY', '0.01');
    const answer = await exchange.submit(order);
    await until('the fill is reported', () => seen.reports.some(({ fill }) => fill !== null));
    expect(seen.reports.map(({ clientOrderId }) => clientOrderId)).toEqual(seen.reports.map(() => order.clientOrderId));
    const fills = seen.reports.flatMap(({ fill }) => fill ?? []);
    expect(answer).toMatchObject({ outcome: 'accepted', order: { fills } });
    await subscription.close();
  });

  it('comes back after a cut and says so', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followReports(exchange);
    market.fault({ kind: 'drop-sockets', streams: 'user' });
    await until('it is connected again', () => seen.connected === 2);
    expect(seen.lost).toHaveLength(1);
    await exchange.submit(marketOrder('BUY', '0.001'));
    await until('reports come again', () => seen.reports.length > 0);
    await subscription.close();
    await until('no socket is left', () => connections().user === 0);
  });

  it('keeps trying while the exchange refuses sockets', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followReports(exchange);
    market.fault({ kind: 'refuse-sockets', streams: 'user', count: 2 });
    market.fault({ kind: 'drop-sockets', streams: 'user' });
    await until('it is connected again', () => seen.connected === 2);
    expect(seen.lost).toHaveLength(3);
    await subscription.close();
  });

  it('notices a connection that went numb, and opens another', async () => {
    const proxy = await startProxy(market.simulator.port);
    const wsApi = `ws://127.0.0.1:${proxy.port}/ws-api/v3`;
    const exchange = await market.connect({ wsApi, pingEveryMs: 100, deadlineMs: 300 });
    const { seen, subscription } = await followReports(exchange);
    proxy.freeze();
    await until('it is connected again', () => seen.connected === 2);
    expect(seen.lost).toEqual(['the user stream gave no answer to ping in 300 ms']);
    await subscription.close();
    await proxy.close();
  });

  it('may lose reports: the order is found all the same', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followReports(exchange);
    market.fault({ kind: 'lost-reports', count: 3 });
    const order = marketOrder('BUY', '0.001');
    await exchange.submit(order);
    expect(await exchange.find(order)).toMatchObject({ status: 'filled', fills: [{ quantity: '0.001' }] });
    expect(seen.reports).toEqual([]);
    await subscription.close();
  });

  it('does not connect with a wrong secret, and says why', async () => {
    const exchange = await market.connect({ apiSecret: 'wrong' });
    const reasons: string[] = [];
    const subscription = await exchange.followOrders({
      onReport: () => undefined,
      onConnected: () => reasons.push('connected'),
      onDisconnected: (reason) => reasons.push(reason),
    });
    await until('the refusal is told', () => reasons.length > 0);
    expect(reasons[0]).toBe('the user stream was refused: Signature for this request is not valid. (-1022)');
    await subscription.close();
  });

  it.each(['duplicate-reports', 'reordered-reports'] as const)('hands on %s', async (kind) => {
    const exchange = await market.connect();
    const { seen, subscription } = await followReports(exchange);
    market.fault({ kind });
    const order = marketOrder('BUY', '0.001');
    await exchange.submit(order);
    await until('both reports came', () => seen.reports.length >= 2);
    expect(new Set(seen.reports.map(({ clientOrderId }) => clientOrderId))).toEqual(new Set([order.clientOrderId]));
    await subscription.close();
  });
});

describe('the market streams', () => {
  it('tell closed candles as REST does, and prices', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followCandles(exchange);
    market.play(3);
    await until('three candles came', () => seen.candles.length === 3);
    expect(await exchange.candles({ symbol: btc, interval: '1h', limit: 3 })).toEqual(seen.candles);
    expect(seen.prices).toEqual(seen.candles.map(({ close }) => close));
    await subscription.close();
  });

  it('come back within a second after a cut, and say so', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followCandles(exchange);
    market.fault({ kind: 'drop-sockets', streams: 'market' });
    await until('connected again', () => seen.connected === 2, 2_000);
    expect(seen.lost).toEqual(['the market streams were cut']);
    market.play();
    await until('candles come again', () => seen.candles.length === 1);
    await subscription.close();
  });

  it('keep trying while the exchange refuses sockets', async () => {
    const exchange = await market.connect();
    const { seen, subscription } = await followCandles(exchange);
    market.fault({ kind: 'refuse-sockets', streams: 'market', count: 2 });
    market.fault({ kind: 'drop-sockets', streams: 'market' });
    await until('connected again', () => seen.connected === 2);
    expect(seen.lost.slice(1)).toEqual(Array(2).fill('the market streams were refused: HTTP 503'));
    await subscription.close();
  });

  it('that fall silent are opened anew', async () => {
    const exchange = await market.connect({ silenceMs: 400 });
    const { seen, subscription } = await followCandles(exchange);
    await until('it is opened anew', () => seen.connected >= 2);
    expect(seen.lost[0]).toBe('the market streams were silent for 400 ms');
    await subscription.close();
    await until('no socket is left', () => connections().market === 0);
  });
});

describe('candles over REST', () => {
  it('are closed ones only, in the range asked for', async () => {
    const exchange = await market.connect();
    market.play(5);
    const all = await exchange.candles({ symbol: btc, interval: '1h', limit: 1_000 });
    const [first, , third] = all.slice(-5);
    if (!first || !third) throw new Error('too few candles');
    const some = await exchange.candles({
      symbol: btc,
      interval: '1h',
      from: first.openTime,
      to: third.openTime,
      limit: 10,
    });
    expect(some).toEqual(all.slice(-5, -2));
    const now = await exchange.now();
    expect(all.every(({ closeTime }) => closeTime < now)).toBe(true);
    expect(all.at(-1)?.closeTime).toBe(now - 1);
  });
});
