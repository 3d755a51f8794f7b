import { join } from 'node:path';
import { candleId, intervalMs, PriceUpdated, tradingSymbol } from '@bot-core/events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { candleFile, candlesOf, gapsOf, openMarket, openSystem, settled, type System, until } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

/** The stream holds exactly the newest `count` candles of the exchange, each once and in order. */
const expectAll = async (symbol: string, market: Awaited<ReturnType<typeof openMarket>>, count: number) => {
  const expected = await market.openTimes(count);
  await settled(system.bus, symbol, expected.at(-1));
  const stored = await candlesOf(system.bus, tradingSymbol(symbol));
  expect(stored.map(({ data }) => data.openTime)).toEqual(expected);
  return stored;
};

it('stores the history, then each candle as it closes, and tells prices', async () => {
  const symbol = tradingSymbol('BTCUSDT');
  await using market = await openMarket(symbol);
  const prices: string[] = [];
  const listening = system.bus.connection.subscribe(`market.price.${symbol}`, {
    callback: (_error, message) => void prices.push(PriceUpdated.schema.parse(message.json()).price),
  });
  await using service = await system.startIngest(market.simulator, symbol);
  expect(await candlesOf(system.bus, symbol)).toHaveLength(50);
  market.play(20);
  const stored = await expectAll(symbol, market, 70);

  const newest = stored.at(-1);
  if (!newest) throw new Error('nothing is stored');
  expect(newest).toMatchObject({
    id: candleId('spot', symbol, '1h', newest.data.openTime),
    time: newest.data.closeTime + 1,
    source: 'ingest',
    subject: 'market.candle.spot.BTCUSDT.1h',
  });
  const fetchedAt = stored[0]?.time;
  expect(stored.slice(0, 50).every(({ time }) => time === fetchedAt)).toBe(true);
  expect(fetchedAt).toBe((stored[49]?.data.closeTime ?? 0) + 1);
  await until('the newest price was told', () => prices.at(-1) === newest.data.close);
  expect(await service.metric('ingest_candles_total')).toBe(70);
  const health = await fetch(`http://127.0.0.1:${service.port}/health/ready`);
  expect(await health.json()).toMatchObject({
    ready: true,
    dependencies: { exchange: { state: 'up' }, nats: { state: 'up' } },
  });
  listening.unsubscribe();
  expect(await service.stop()).toBe(0);
});

it("tells the exchange's own outages, in the history and live, and goes on", async () => {
  const symbol = tradingSymbol('OUTUSDT');
  const file = await candleFile(join(system.folder, 'OUTUSDT-1h.csv'), 100, [60, 61, 85, 86, 87, 88]);
  await using market = await openMarket(symbol, { sources: [{ file }], history: 70 });
  await using service = await system.startIngest(market.simulator, symbol);
  market.play(24);
  const stored = await expectAll(symbol, market, 50 + 24);
  const gaps = await gapsOf(system.bus, symbol);
  expect(gaps.map(({ data }) => [data.count, data.lastOpenTime - data.firstOpenTime])).toEqual([
    [2, intervalMs['1h']],
    [4, 3 * intervalMs['1h']],
  ]);
  const after = stored.find(({ data }) => data.openTime > (gaps[1]?.data.lastOpenTime ?? Infinity));
  expect(gaps[1]?.sequence).toBeLessThan(after?.sequence ?? 0);
  expect(await service.metric('ingest_candles_missing_total')).toBe(6);
});

it('repairs in order what closed while the socket was cut', async () => {
  const symbol = tradingSymbol('CUTUSDT');
  await using market = await openMarket(symbol);
  await using _service = await system.startIngest(market.simulator, symbol);
  market.play(3);
  market.fault({ kind: 'drop-sockets', streams: 'market' });
  market.play(5);
  await expectAll(symbol, market, 58);
  await until('the socket is open again', () => market.connections() === 1);
  market.play(2);
  await expectAll(symbol, market, 60);
});

it('repairs a candle that the stream swallowed as soon as the next one comes', async () => {
  const symbol = tradingSymbol('SWALLOWUSDT');
  await using market = await openMarket(symbol);
  await using service = await system.startIngest(market.simulator, symbol);
  market.fault({ kind: 'missing-candles', where: 'stream', count: 2 });
  market.play(4);
  await expectAll(symbol, market, 54);
  expect(await service.metric('ingest_holes_repaired_total')).toBe(1);
  market.fault({ kind: 'missing-candles', where: 'everywhere', count: 1 });
  market.play(3);
  await expectAll(symbol, market, 57);
  expect(await gapsOf(system.bus, symbol)).toMatchObject([{ data: { count: 1 } }]);
});

it('opens a silent socket anew and catches up', async () => {
  const symbol = tradingSymbol('SILENTUSDT');
  await using market = await openMarket(symbol);
  await using service = await system.startIngest(market.simulator, symbol, { MARKET_SILENCE_MS: '500' });
  market.fault({ kind: 'silence', streams: 'market' });
  market.play(4);
  await expectAll(symbol, market, 54);
  expect(await service.metric('ingest_market_socket_losses_total')).toBeGreaterThan(0);
  market.clearFaults();
});

it('killed and started again, leaves no hole and no duplicate', async () => {
  const symbol = tradingSymbol('KILLUSDT');
  await using market = await openMarket(symbol);
  const first = await system.startIngest(market.simulator, symbol);
  market.play(10);
  await first.stop('SIGKILL'); // in the middle of what it was told
  market.play(5);
  const second = await system.startIngest(market.simulator, symbol);
  market.play(5);
  await expectAll(symbol, market, 70);
  await second.stop();
});

it('stores everything in order when the bus is killed and comes back', async () => {
  const symbol = tradingSymbol('BUSUSDT');
  await using market = await openMarket(symbol);
  await using _service = await system.startIngest(market.simulator, symbol);
  market.play(3);
  await system.nats().kill('SIGKILL');
  market.play(4);
  await system.restartNats();
  market.play(3);
  await expectAll(symbol, market, 60);
});

it('twice side by side stores each candle once', async () => {
  const symbol = tradingSymbol('TWICEUSDT');
  await using market = await openMarket(symbol);
  const both = await Promise.all([1, 2].map(() => system.startIngest(market.simulator, symbol)));
  market.play(15);
  await expectAll(symbol, market, 65);
  both[0]?.signal('SIGSTOP');
  market.play(15);
  both[0]?.signal('SIGCONT');
  market.play(5);
  await expectAll(symbol, market, 85);
  await Promise.all(both.map((service) => service.stop()));
  await expect(candlesOf(system.bus, symbol)).resolves.toHaveLength(85);
});

it('waits for an exchange that refuses, fails or wants a pause', async () => {
  const symbol = tradingSymbol('FAULTYUSDT');
  await using market = await openMarket(symbol);
  market.fault({ kind: 'error-before', path: '/api/v3/time', count: 1 });
  market.fault({ kind: 'error-before', path: '/api/v3/klines', count: 1 });
  market.fault({ kind: 'hang-up-before', path: '/api/v3/klines', count: 1 });
  market.fault({ kind: 'rate-limit', path: '/api/v3/klines', retryAfterSeconds: 1, count: 1 });
  await using service = await system.startIngest(market.simulator, symbol);
  market.play(2);
  await expectAll(symbol, market, 52);
  // The hang-up is read again at once by the adapter; the exchange's time was asked for before there were metrics.
  expect(await service.metric('ingest_failures_total')).toBe(2);
});

it('does not start with a symbol that the exchange does not know', async () => {
  await using market = await openMarket('BTCUSDT');
  await expect(system.startIngest(market.simulator, tradingSymbol('NOSUCHUSDT'))).rejects.toThrow(
    'ingest: the exchange has no market NOSUCHUSDT. Correct SYMBOLS.',
  );
});
