import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectBinance } from '../src/index.ts';
import { type Market, marketOrder, openMarket } from './harness.ts';

let market: Market;
beforeAll(async () => {
  market = await openMarket({ clock: 'realtime', interval: '1m' });
});
afterAll(() => market[Symbol.asyncDispose]());

it("follows the exchange's clock by a measured offset", async () => {
  const exchange = await market.connect({ clock: 'offset' });
  const told = Number(market.simulator.control({ op: 'state' })['clock']);
  expect(Math.abs((await exchange.now()) - told)).toBeLessThan(250);
});

it('renews the offset when its timestamp is refused, and the order is taken', async () => {
  const exchange = await market.connect({ clock: 'offset' });
  market.fault({ kind: 'clock-skew', ms: 3_600_000 });
  const before = await exchange.now();
  expect(await exchange.submit(marketOrder('BUY', '0.001'))).toMatchObject({ outcome: 'accepted' });
  expect((await exchange.now()) - before).toBeGreaterThan(3_500_000);
  market.clearFaults();
});

it('refuses a second stream address in one process', async () => {
  const { httpBase, apiKey, apiSecret } = market.simulator;
  const elsewhere = { httpBase, wsBase: 'ws://127.0.0.1:1/ws', apiKey, apiSecret, clock: 'ask' } as const;
  await expect(connectBinance(elsewhere)).rejects.toThrow('binance-api-node keeps one address for all its clients');
});

it('says that nothing was sent when nobody listens', async () => {
  const { wsBase, apiKey, apiSecret } = market.simulator;
  const nobody = { httpBase: 'http://127.0.0.1:1', wsBase, apiKey, apiSecret, clock: 'ask' } as const;
  await expect(connectBinance(nobody)).rejects.toMatchObject({ code: 'not-now' });
});
