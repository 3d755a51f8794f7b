import { expect, it } from 'vitest';
import { bar, hour, openVenue, start } from './support.ts';

const candles = Array.from({ length: 60 }, (_, index) => bar(index, 100, 101, 99, 100));
const order = (more: object) =>
  ({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '1', price: '90', ...more }) as never;
const code = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'accepted',
    (error: { code?: number; message: string }) => `${error.code} ${error.message}`,
  );

it('answers every market data endpoint', async () => {
  await using venue = await openVenue({ candles, history: 50, spreadBps: 2 });
  const { client } = venue;
  expect(await client.ping()).toBe(true);
  expect(await client.time()).toBe(start + 50 * hour);
  const info = await client.exchangeInfo();
  expect(info).toMatchObject({ timezone: 'UTC', serverTime: start + 50 * hour });
  expect(info.rateLimits.map(({ rateLimitType }: { rateLimitType: string }) => rateLimitType)).toEqual([
    'REQUEST_WEIGHT',
    'ORDERS',
    'ORDERS',
    'RAW_REQUESTS',
  ]);
  expect(info.symbols[0]).toMatchObject({
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    status: 'TRADING',
    ocoAllowed: true,
  });
  expect(await client.prices()).toEqual({ BTCUSDT: '100.00000000' });
  expect(await (client.prices as (query: object) => Promise<unknown>)({ symbol: 'BTCUSDT' })).toEqual({
    BTCUSDT: '100.00000000',
  });
  expect(await client.avgPrice({ symbol: 'BTCUSDT' })).toMatchObject({ mins: 5, price: '100.00000000' });
  expect(await client.allBookTickers()).toMatchObject({
    BTCUSDT: {
      bidPrice: '99.99000000',
      askPrice: '100.01000000',
    },
  });
  expect(await client.dailyStats({ symbol: 'BTCUSDT' })).toMatchObject({
    highPrice: '101.00000000',
    lowPrice: '99.00000000',
    lastPrice: '100.00000000',
    volume: '2400.00000000',
    openTime: start + 26 * hour,
  });
  expect(await client.book({ symbol: 'BTCUSDT' })).toMatchObject({
    bids: [{ price: '99.99000000' }],
    asks: [{ price: '100.01000000' }],
  });
  const hours = await client.candles({
    symbol: 'BTCUSDT',
    interval: '1h',
    startTime: start + 10 * hour,
    limit: 2,
  } as never);
  expect(hours.map(({ openTime }: { openTime: number }) => openTime)).toEqual([start + 10 * hour, start + 11 * hour]);
  const fourHours = await client.candles({ symbol: 'BTCUSDT', interval: '4h' } as never);
  expect(fourHours).toHaveLength(13);
  expect(fourHours[0]).toMatchObject({ openTime: start, closeTime: start + 4 * hour - 1, volume: '400.00000000' });
  expect(client.getInfo()).toMatchObject({ [`127.0.0.1`]: { usedWeight1m: expect.any(String) } });
});

it('answers every order and account endpoint', async () => {
  await using venue = await openVenue({
    candles,
    spreadBps: 0,
    balances: { USDT: '10000', BTC: '5', BNB: '1' },
    bnbPrice: '300',
  });
  const { client } = venue;
  expect(await client.orderTest(order({}))).toEqual({});
  const placed = await client.order(order({ newClientOrderId: 'mine', newOrderRespType: 'RESULT' }));
  expect(placed).toMatchObject({
    symbol: 'BTCUSDT',
    orderId: 1,
    orderListId: -1,
    clientOrderId: 'mine',
    transactTime: start + hour,
    status: 'NEW',
    price: '90.00000000',
    type: 'LIMIT',
    timeInForce: 'GTC',
    side: 'BUY',
  });
  expect(await client.order(order({ type: 'STOP_LOSS_LIMIT', price: '121', stopPrice: '120' }))).not.toHaveProperty(
    'status',
  );
  const row = await client.getOrder({ symbol: 'BTCUSDT', origClientOrderId: 'mine' });
  expect(row).toMatchObject({
    orderId: 1,
    isWorking: true,
    time: start + hour,
    origQty: '1.00000000',
    executedQty: '0.00000000',
  });
  expect(await client.getOrder({ symbol: 'BTCUSDT', orderId: 2 })).toMatchObject({
    isWorking: false,
    stopPrice: '120.00000000',
  });
  expect((await client.openOrders({ symbol: 'BTCUSDT' })).map(({ orderId }: { orderId: number }) => orderId)).toEqual([
    1, 2,
  ]);
  expect(await client.openOrders({})).toHaveLength(2);
  expect(await client.cancelOrder({ symbol: 'BTCUSDT', orderId: 1 } as never)).toMatchObject({
    status: 'CANCELED',
    origClientOrderId: 'mine',
  });
  const oco = await client.orderOco({
    symbol: 'BTCUSDT',
    side: 'SELL',
    quantity: '1',
    price: '110',
    stopPrice: '95',
    stopLimitPrice: '94',
    listClientOrderId: 'list',
    limitClientOrderId: 'limit',
    stopClientOrderId: 'stop',
  } as never);
  expect(oco).toMatchObject({
    contingencyType: 'OCO',
    listStatusType: 'EXEC_STARTED',
    listClientOrderId: 'list',
    orders: [
      { orderId: 3, clientOrderId: 'stop' },
      { orderId: 4, clientOrderId: 'limit' },
    ],
    orderReports: [
      { type: 'STOP_LOSS_LIMIT', stopPrice: '95.00000000' },
      { type: 'LIMIT_MAKER', price: '110.00000000' },
    ],
  });
  expect(await client.getOrderOco({ origClientOrderId: 'list' } as never)).toMatchObject({
    orderListId: 1,
    listOrderStatus: 'EXECUTING',
  });
  expect(await client.cancelOrderOco({ symbol: 'BTCUSDT', orderListId: 1 } as never)).toMatchObject({
    listOrderStatus: 'ALL_DONE',
    orderReports: [{ status: 'CANCELED' }, { status: 'CANCELED' }],
  });
  expect(await client.allOrdersOCO({} as never)).toHaveLength(1);
  expect(await client.cancelOpenOrders({ symbol: 'BTCUSDT' })).toMatchObject([{ orderId: 2, status: 'CANCELED' }]);
  await client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '2' } as never);
  await client.order({ symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quoteOrderQty: '50' } as never);
  expect((await client.allOrders({ symbol: 'BTCUSDT' })).map(({ status }: { status: string }) => status)).toEqual([
    'CANCELED',
    'CANCELED',
    'CANCELED',
    'CANCELED',
    'FILLED',
    'FILLED',
  ]);
  expect(await client.allOrders({ symbol: 'BTCUSDT', orderId: 6 } as never)).toHaveLength(1);
  const trades = await client.myTrades({ symbol: 'BTCUSDT' });
  expect(trades).toMatchObject([
    {
      id: 1,
      orderId: 5,
      price: '100.00000000',
      qty: '2.00000000',
      quoteQty: '200.00000000',
      commission: '0.00200000',
      commissionAsset: 'BTC',
      isBuyer: true,
      isMaker: false,
      time: start + hour,
    },
    { id: 2, orderId: 6, qty: '0.50000000', commission: '0.05000000', commissionAsset: 'USDT', isBuyer: false },
  ]);
  expect(await client.myTrades({ symbol: 'BTCUSDT', fromId: 2 })).toHaveLength(1);
  expect(await client.myTrades({ symbol: 'BTCUSDT', orderId: 5 } as never)).toHaveLength(1);
  const account = await client.accountInfo();
  expect(account).toMatchObject({ makerCommission: 10, canTrade: true, accountType: 'SPOT', updateTime: start + hour });
  expect(account.balances).toEqual([
    { asset: 'BNB', free: '1.00000000', locked: '0.00000000' },
    { asset: 'BTC', free: '6.49800000', locked: '0.00000000' },
    { asset: 'USDT', free: '9849.95000000', locked: '0.00000000' },
  ]);
  expect(await client.tradeFee({ symbol: 'BTCUSDT' } as never)).toEqual([
    { symbol: 'BTCUSDT', makerCommission: '0.001', takerCommission: '0.001' },
  ]);
  expect(await client.getBnbBurn()).toMatchObject({ spotBNBBurn: false });
  await client.setBnbBurn({ spotBNBBurn: true } as never);
  const burnt = await client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1' } as never);
  expect(burnt.fills![0]).toMatchObject({ commission: '0.00025000', commissionAsset: 'BNB' });
});

it('refuses with the exchange’s codes and words', async () => {
  await using venue = await openVenue({ candles, spreadBps: 0 });
  const { client, clientWith } = venue;
  const market = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET' };
  const cases: [() => Promise<unknown>, string][] = [
    [() => client.order(order({ quantity: '1.000001' })), '-1013 Filter failure: LOT_SIZE'],
    [() => client.order(order({ price: '90.001' })), '-1013 Filter failure: PRICE_FILTER'],
    [() => client.order(order({ quantity: '0.01' })), '-1013 Filter failure: NOTIONAL'],
    [() => client.order(order({ price: '600' })), '-1013 Filter failure: PERCENT_PRICE_BY_SIDE'],
    [() => client.order({ ...market, quantity: '500' } as never), '-1013 Filter failure: MARKET_LOT_SIZE'],
    [() => client.order(order({ quantity: '0.123456789' })), "-1111 Parameter 'quantity' has too much precision."],
    [() => client.order(order({ quantity: '200' })), '-2010 Account has insufficient balance for requested action.'],
    [
      () => client.order(order({ type: 'LIMIT_MAKER', price: '100', timeInForce: undefined })),
      "-1106 Parameter 'timeInForce' sent when not required.",
    ],
    [
      () => client.order({ ...market, quantity: '1', price: '90' } as never),
      "-1106 Parameter 'price' sent when not required.",
    ],
    [() => client.order(order({ type: 'TRAILING' })), '-1116 Invalid orderType.'],
    [() => client.order(order({ side: 'HOLD' })), '-1117 Invalid side.'],
    [() => client.order(order({ timeInForce: 'GTD' })), '-1115 Invalid timeInForce.'],
    [() => client.order(order({ symbol: 'NONE' })), '-1121 Invalid symbol.'],
    [
      () => client.order(order({ newClientOrderId: 'with space' })),
      "-1100 Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [() => client.getOrder({ symbol: 'BTCUSDT', origClientOrderId: 'nobody' }), '-2013 Order does not exist.'],
    [
      () => client.getOrder({ symbol: 'BTCUSDT' } as never),
      "-1102 Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    ],
    [() => client.cancelOrder({ symbol: 'BTCUSDT', orderId: 99 } as never), '-2011 Unknown order sent.'],
    [() => client.cancelOpenOrders({ symbol: 'BTCUSDT' }), '-2011 Unknown order sent.'],
    [() => client.getOrderOco({ orderListId: 9 } as never), '-2013 Order list does not exist.'],
    [() => client.cancelOrderOco({ symbol: 'BTCUSDT', orderListId: 9 } as never), '-2011 Unknown order sent.'],
    [() => client.candles({ symbol: 'BTCUSDT', interval: '7m' } as never), '-1120 Invalid interval.'],
    [() => client.candles({ symbol: 'BTCUSDT', interval: '1m' } as never), '-1120 Invalid interval.'],
    [() => client.candles({ symbol: 'NONE', interval: '1h' } as never), '-1121 Invalid symbol.'],
    [() => clientWith({ apiKey: 'other' }).accountInfo(), '-2015 Invalid API-key, IP, or permissions for action.'],
    [() => clientWith({ apiSecret: 'other' }).accountInfo(), '-1022 Signature for this request is not valid.'],
    [
      () => clientWith({ getTime: () => start + hour + 1000 }).accountInfo(),
      "-1021 Timestamp for this request was 1000ms ahead of the server's time.",
    ],
    [
      () => clientWith({ getTime: () => start }).accountInfo(),
      '-1021 Timestamp for this request is outside of the recvWindow.',
    ],
    [() => (client.accountInfo as (query: object) => Promise<unknown>)({ useServerTime: true }), 'accepted'],
  ];
  for (const [act, words] of cases) expect(await code(act())).toBe(words);
  const unsigned = await fetch(`${venue.simulator.httpBase}/api/v3/account?timestamp=1`);
  expect([unsigned.status, await unsigned.json()]).toEqual([401, { code: -2014, msg: 'API-key format invalid.' }]);
  const nowhere = await fetch(`${venue.simulator.httpBase}/api/v3/userDataStream`, { method: 'POST' });
  expect(nowhere.status).toBe(404);
});

it('counts weight, answers 429 with Retry-After, then bans with 418', async () => {
  await using venue = await openVenue({ candles, rateLimits: { weightPerMinute: 10 } });
  const ask = async () => {
    const response = await fetch(`${venue.simulator.httpBase}/api/v3/klines?symbol=BTCUSDT&interval=1h`);
    return {
      status: response.status,
      weight: response.headers.get('x-mbx-used-weight-1m'),
      after: Number(response.headers.get('retry-after')),
      body: (await response.json()) as { code?: number },
    };
  };
  for (const weight of ['2', '4', '6', '8', '10']) expect(await ask()).toMatchObject({ status: 200, weight });
  const refused = await ask();
  expect(refused).toMatchObject({ status: 429, body: { code: -1003 } });
  expect(refused.after).toBeGreaterThan(0);
  for (let time = 0; time < 8; time += 1) await ask();
  const banned = await ask();
  expect(banned).toMatchObject({ status: 418, body: { code: -1003, msg: expect.stringContaining('IP banned until') } });
  expect(banned.after).toBeGreaterThan(100);
});
