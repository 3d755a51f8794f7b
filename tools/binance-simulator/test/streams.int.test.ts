import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { bar, connected, hour, inbox, openVenue, start } from './support.ts';

const candles = [
  bar(0, 100, 101, 99, 100),
  bar(1, 100, 110, 95, 105),
  bar(2, 105, 106, 104, 105),
  bar(5, 105, 106, 104, 105),
  bar(6, 105, 120, 90, 100),
];
const now = { delay: 0, fastClose: true, keepClosed: true };

const open = async (url: string) => {
  const socket = new WebSocket(url);
  const box = inbox<any>();
  socket.on('message', (data) => box.push(JSON.parse(String(data))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { ...box, socket };
};

describe('market streams', () => {
  it('tell the real client of bars, tickers, quotes and trades', async () => {
    await using venue = await openVenue({ candles, spreadBps: 2, updates: 'path' });
    const { ws } = venue.client;
    const boxes = {
      candle: inbox<any>(),
      mini: inbox<any>(),
      book: inbox<any>(),
      trade: inbox<any>(),
      day: inbox<any>(),
      all: inbox<any>(),
    };
    const stops = [
      ws.candles('BTCUSDT', '1h', boxes.candle.push),
      ws.miniTicker('BTCUSDT', boxes.mini.push),
      ws.bookTicker('BTCUSDT', boxes.book.push),
      ws.aggTrades('BTCUSDT', boxes.trade.push),
      ws.ticker('BTCUSDT', boxes.day.push),
      ws.customSubStream('!miniTicker@arr', boxes.all.push),
    ];
    await connected(venue, 'market', 6);
    expect(venue.advance()).toMatchObject({ phase: 'closed' });
    const bars = await boxes.candle.until('five bars', (all) => all.length === 5);
    expect(
      bars.map(({ close, high, low, volume, isFinal, eventTime }) => [
        close,
        high,
        low,
        volume,
        isFinal,
        eventTime - start,
      ]),
    ).toEqual([
      ['100.00000000', '100.00000000', '100.00000000', '0.00000000', false, hour],
      ['95.00000000', '100.00000000', '95.00000000', '33.33333333', false, hour + 1_199_999],
      ['110.00000000', '110.00000000', '95.00000000', '66.66666666', false, hour + 2_399_999],
      ['105.00000000', '110.00000000', '95.00000000', '100.00000000', false, 2 * hour - 1],
      ['105.00000000', '110.00000000', '95.00000000', '100.00000000', true, 2 * hour],
    ]);
    expect(bars[4]).toMatchObject({
      startTime: start + hour,
      closeTime: start + 2 * hour - 1,
      interval: '1h',
      open: '100.00000000',
    });
    expect((await boxes.mini.until('tickers', (all) => all.length === 4))[3]).toMatchObject({
      eventType: '24hrMiniTicker',
      symbol: 'BTCUSDT',
      curDayClose: '105.00000000',
      high: '110.00000000',
      low: '95.00000000',
      volume: '200.00000000',
    });
    expect((await boxes.book.until('quotes', (all) => all.length === 4))[1]).toMatchObject({
      symbol: 'BTCUSDT',
      bestBid: '94.99000000',
      bestAsk: '95.01000000',
    });
    expect(
      (await boxes.trade.until('trades', (all) => all.length === 4)).map(({ price, aggId }) => [price, aggId]),
    ).toEqual([
      ['100.00000000', 1],
      ['95.00000000', 2],
      ['110.00000000', 3],
      ['105.00000000', 4],
    ]);
    expect((await boxes.day.until('day tickers', (all) => all.length === 4))[3]).toMatchObject({
      curDayClose: '105.00000000',
      priceChange: '5.00000000',
      priceChangePercent: '5.000',
    });
    expect((await boxes.all.until('all tickers', (all) => all.length === 4))[3]).toMatchObject([{ s: 'BTCUSDT' }]);
    for (const stop of stops) stop(now);
  });

  it('may be combined, followed and left on one connection', async () => {
    await using venue = await openVenue({ candles });
    const combined = await open(
      `${venue.simulator.wsBase.replace(/ws$/, 'stream')}?streams=btcusdt@kline_1h/btcusdt@miniTicker`,
    );
    const live = await open(venue.simulator.wsBase);
    live.socket.send(JSON.stringify({ id: 7, method: 'SUBSCRIBE', params: ['btcusdt@kline_1h'] }));
    expect(await live.until('the answer', (all) => all.length === 1)).toEqual([{ result: null, id: 7 }]);
    venue.advance();
    const messages = await combined.until('two messages', (all) => all.length === 2);
    expect(messages.map(({ stream }) => stream)).toEqual(['btcusdt@miniTicker', 'btcusdt@kline_1h']);
    expect(messages[1].data).toMatchObject({ e: 'kline', k: { x: true } });
    await live.until('a bar', (all) => all[1]?.k.x === true);
    live.socket.send(JSON.stringify({ id: 8, method: 'UNSUBSCRIBE', params: ['btcusdt@kline_1h'] }));
    live.socket.send(JSON.stringify({ id: 9, method: 'LIST_SUBSCRIPTIONS' }));
    expect((await live.until('the list', (all) => all.length === 4))[3]).toEqual({ result: [], id: 9 });
  });

  it('close longer bars in time, or when the next begins after an outage', async () => {
    await using venue = await openVenue({ candles });
    const { push, until } = inbox<any>();
    const stop = venue.client.ws.candles('BTCUSDT', '4h', push);
    await connected(venue, 'market');
    for (let time = 0; time < 3; time += 1) venue.advance();
    const bars = await until('the next bar', (all) => all.length >= 4);
    expect(
      bars.map(({ startTime, isFinal, eventTime }) => [
        (startTime - start) / hour,
        isFinal,
        (eventTime - start) / hour,
      ]),
    ).toEqual([
      [0, false, 2],
      [0, false, 3],
      [0, true, 5],
      [4, false, 6],
    ]);
    stop(now);
  });
});

describe('the user-data stream', () => {
  it('tells the real client the whole life of an order, before its REST answer', async () => {
    await using venue = await openVenue({ candles, spreadBps: 0 });
    const { push, until, messages } = inbox<any>();
    const stop = await venue.client.ws.user(push);
    const placed = await venue.client.order({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '1',
      price: '96',
      newClientOrderId: 'mine',
    } as never);
    expect(placed).toMatchObject({ status: 'NEW' });
    const before = await until('the order', (all) => all.length === 2);
    expect(before[0]).toMatchObject({
      eventType: 'executionReport',
      executionType: 'NEW',
      orderStatus: 'NEW',
      newClientOrderId: 'mine',
      orderId: 1,
      price: '96.00000000',
      quantity: '1.00000000',
      tradeId: -1,
      commission: '0',
      commissionAsset: null,
      isOrderWorking: true,
      creationTime: start + hour,
      orderListId: -1,
      timeInForce: 'GTC',
    });
    expect(before[1]).toMatchObject({
      eventType: 'outboundAccountPosition',
      balances: [{ asset: 'USDT', free: '9904.00000000', locked: '96.00000000' }],
    });
    expect(venue.advance()).toMatchObject({
      phase: 'path',
      trades: [{ symbol: 'BTCUSDT', tradeId: 1, orderId: 1, clientOrderId: 'mine' }],
    });
    const after = await until('the fill', (all) => all.length === 4);
    expect(after[2]).toMatchObject({
      executionType: 'TRADE',
      orderStatus: 'FILLED',
      lastTradeQuantity: '1.00000000',
      priceLastTrade: '96.00000000',
      totalTradeQuantity: '1.00000000',
      totalQuoteTradeQuantity: '96.00000000',
      lastQuoteTransacted: '96.00000000',
      commission: '0.00100000',
      commissionAsset: 'BTC',
      tradeId: 1,
      isBuyerMaker: true,
      isOrderWorking: false,
      orderTime: start + hour + 1_199_999,
    });
    venue.advance();
    const other = await venue.client.order({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '1',
      price: '96',
      newClientOrderId: 'second',
    } as never);
    await venue.client.cancelOrder({ symbol: 'BTCUSDT', orderId: other.orderId, newClientOrderId: 'away' } as never);
    const canceled = (await until('the cancel', (all) => all.length === 8))[6];
    expect(canceled).toMatchObject({
      executionType: 'CANCELED',
      orderStatus: 'CANCELED',
      newClientOrderId: 'away',
      originalClientOrderId: 'second',
    });
    expect(messages).toHaveLength(8);
    stop(now);
  });

  it('tells of money that comes and goes without an order', async () => {
    await using venue = await openVenue({ candles });
    const { push, until } = inbox<any>();
    const stop = await venue.client.ws.user(push);
    expect(venue.simulator.control({ op: 'transfer', asset: 'USDT', amount: '-250.5' })).toEqual({
      asset: 'USDT',
      free: '9749.50000000',
    });
    expect(await until('two messages', (all) => all.length === 2)).toMatchObject([
      { eventType: 'balanceUpdate', asset: 'USDT', balanceDelta: '-250.50000000', clearTime: start + hour },
      {
        eventType: 'outboundAccountPosition',
        balances: [{ asset: 'USDT', free: '9749.50000000', locked: '0.00000000' }],
      },
    ]);
    expect(venue.simulator.control({ op: 'transfer', asset: 'USDT', amount: '-1e9' })).toMatchObject({
      error: expect.stringContaining('decimal string'),
    });
    expect(venue.simulator.control({ op: 'transfer', asset: 'USDT', amount: '-99999' })).toMatchObject({
      error: expect.stringContaining('insufficient'),
    });
    stop(now);
  });

  it('wants a valid signature, key and time', async () => {
    await using venue = await openVenue({ candles });
    const { socket, until } = await open(venue.simulator.wsApi);
    const send = (id: number, method: string, params = {}) => socket.send(JSON.stringify({ id, method, params }));
    send(1, 'ping');
    send(2, 'time');
    send(3, 'userDataStream.subscribe.signature', {
      apiKey: 'simulator-key',
      timestamp: start + hour,
      signature: 'wrong',
    });
    send(4, 'userDataStream.subscribe.signature', { apiKey: 'other', timestamp: start + hour, signature: 'wrong' });
    send(5, 'userDataStream.subscribe.signature', { apiKey: 'simulator-key', timestamp: start, signature: 'wrong' });
    send(6, 'order.place');
    socket.send('{');
    const answers = await until('seven answers', (all) => all.length === 7);
    expect(answers.map(({ id, status, error }) => [id, status, error?.code])).toEqual([
      [1, 200, undefined],
      [2, 200, undefined],
      [3, 400, -1022],
      [4, 401, -2015],
      [5, 400, -1021],
      [6, 400, -1020],
      [null, 400, -1135],
    ]);
    expect(answers[1].result).toEqual({ serverTime: start + hour });
    await expect(venue.clientWith({ apiSecret: 'wrong' }).ws.user(() => {})).rejects.toMatchObject({ code: -1022 });
  });
});
