import { dec } from '@bot-core/trading';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrderReport } from '../src/index.ts';
import { type Market, marketOrder, openMarket, until } from './harness.ts';

let market: Market;
beforeAll(async () => {
  market = await openMarket({
    sources: [{ symbol: 'BTCUSDT' }, { symbol: 'BNBUSDT', startPrice: 500 }],
    bnbBurn: true,
    balances: { USDT: '1000000', BNB: '10' },
  });
});
afterAll(() => market[Symbol.asyncDispose]());

it('values a fee in a third asset at its price, in the answer and in the report', async () => {
  const exchange = await market.connect();
  const reports: OrderReport[] = [];
  let connected = false;
  await exchange.followOrders({
    onReport: (report) => reports.push(report),
    onConnected: () => (connected = true),
    onDisconnected: () => undefined,
  });
  await until('the user stream is up', () => connected);
  const answer = await exchange.submit(marketOrder('BUY', '0.01'));
  if (answer.outcome !== 'accepted') throw new Error(answer.message);
  const [fill] = answer.order.fills;
  const prices = market.simulator.control({ op: 'state' })['prices'] as { BNBUSDT: { last: string } };
  expect(fill).toMatchObject({
    feeAsset: 'BNB',
    feeInQuote: dec(fill?.fee ?? 0)
      .times(prices.BNBUSDT.last)
      .toFixed(),
  });
  await until('both reports came', () => reports.length === 2);
  expect(reports.map((report) => report.fill)).toEqual([null, fill]);
});
