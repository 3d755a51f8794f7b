import { expect, it } from 'vitest';
import { bar, connected, hour, inbox, openVenue, start } from './support.ts';

const calm = [
  bar(0, 100, 101, 99, 100),
  bar(1, 100, 110, 95, 105),
  bar(2, 105, 106, 104, 105),
  bar(3, 105, 120, 90, 100),
];

it('serves market data, orders and the account to the real client', async () => {
  await using venue = await openVenue({ candles: calm, spreadBps: 0 });
  const { client } = venue;
  expect(await client.ping()).toBe(true);
  expect(await client.time()).toBe(start + hour);
  const info = await client.exchangeInfo();
  expect(info.symbols[0]!.filters.map((filter: { filterType: string }) => filter.filterType)).toContain('LOT_SIZE');
  const candles = await client.candles({ symbol: 'BTCUSDT', interval: '1h' as never });
  expect(candles).toHaveLength(1);
  expect(candles[0]).toMatchObject({ openTime: start, close: '100.00000000', closeTime: start + hour - 1 });

  const reports = inbox<any>();
  const stop = await client.ws.user((event) => reports.push(event));
  const bars = inbox<any>();
  const stopBars = client.ws.candles('BTCUSDT', '1h', (candle) => bars.push(candle));
  await connected(venue, 'market');

  const bought = await client.order({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET' as never,
    quantity: '1',
    newClientOrderId: 'buy-1',
    newOrderRespType: 'FULL' as never,
  } as never);
  expect(bought).toMatchObject({
    orderId: 1,
    status: 'FILLED',
    executedQty: '1.00000000',
    cummulativeQuoteQty: '100.00000000',
  });
  expect(bought.fills).toEqual([
    { price: '100.00000000', qty: '1.00000000', commission: '0.00100000', commissionAsset: 'BTC', tradeId: 1 },
  ]);
  const oco = await client.orderOco({
    symbol: 'BTCUSDT',
    side: 'SELL',
    quantity: '0.5',
    price: '108',
    stopPrice: '94',
    stopLimitPrice: '93.5',
  } as never);
  expect(oco).toMatchObject({ orderListId: 1, listOrderStatus: 'EXECUTING' });
  const account = await client.accountInfo();
  expect(account.balances).toEqual([
    { asset: 'BTC', free: '0.49900000', locked: '0.50000000' },
    { asset: 'USDT', free: '9900.00000000', locked: '0.00000000' },
  ]);

  const path = venue.advance();
  expect(path).toMatchObject({ phase: 'path', trades: [{ tradeId: 2, orderId: 3 }] });
  expect(venue.advance()).toEqual({
    phase: 'closed',
    symbol: 'BTCUSDT',
    openTime: start + hour,
    closeTime: start + 2 * hour - 1,
    close: '105.00000000',
  });
  await bars.until('the closing kline', (all) => all.some((one) => one.isFinal));
  expect(bars.messages.at(-1)).toMatchObject({ eventTime: start + 2 * hour, close: '105.00000000', isFinal: true });
  await reports.until('the list to be done', (all) => all.some((one) => one.listOrderStatus === 'ALL_DONE'));
  expect(reports.messages.map((one) => one.executionType ?? one.listOrderStatus ?? one.eventType)).toEqual([
    'NEW',
    'TRADE',
    'outboundAccountPosition',
    'EXECUTING',
    'NEW',
    'NEW',
    'outboundAccountPosition',
    'EXPIRED',
    'TRADE',
    'ALL_DONE',
    'outboundAccountPosition',
  ]);
  stop({ delay: 0, fastClose: true, keepClosed: true });
  stopBars({ delay: 0, fastClose: true, keepClosed: true });
});
