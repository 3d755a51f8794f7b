import { describe, expect, it } from 'vitest';
import { dec } from '../src/decimal.ts';
import { pathOf } from '../src/matching/path.ts';
import { exchangeWith, oco, order, play, refusal, told } from './exchange.ts';
import { bar } from './support.ts';

const prices = (open: number, high: number, low: number, close: number, steps?: number) =>
  pathOf(bar(0, open, high, low, close), steps, dec('0.01')).map(({ price }) => price.toNumber());

describe('the path of a bar', () => {
  it('makes the low first when it closes at or above its open', () => {
    expect(prices(100, 110, 95, 105)).toEqual([100, 95, 110, 105]);
    expect(prices(100, 110, 95, 100)).toEqual([100, 95, 110, 100]);
  });
  it('makes the high first when it closes below its open', () => {
    expect(prices(100, 110, 95, 99)).toEqual([100, 110, 95, 99]);
  });
  it('puts the corners at the open, one third, two thirds and the close', () => {
    const { openTime, closeTime } = bar(0, 100, 110, 95, 105);
    const at = pathOf(bar(0, 100, 110, 95, 105)).map((point) => point.at - openTime);
    expect(at).toEqual([0, 1_199_999, 2_399_999, closeTime - openTime]);
  });
  it('lays further points evenly on the legs, on the tick', () => {
    expect(prices(100, 100.1, 99.95, 100.05, 2)).toEqual([100, 99.97, 99.95, 100.02, 100.1, 100.07, 100.05]);
  });
});

describe('orders that take', () => {
  it('buys at the ask and sells at the bid, half a spread from the last price, rounded against the taker', () => {
    const exchange = exchangeWith({ book: { spreadBps: 1.5 } });
    expect(told(exchange.place(order({ type: 'MARKET', quantity: 1 }), 1).events)).toEqual([
      'NEW 1',
      'TRADE 1 @ 100.01 x 1',
    ]);
    expect(told(exchange.place(order({ type: 'MARKET', side: 'SELL', quantity: 1 }), 1).events)[1]).toBe(
      'TRADE 2 @ 99.99 x 1',
    );
  });
  it('walks the book level by level when its depth is limited', () => {
    const exchange = exchangeWith({ book: { spreadBps: 0, depth: { quantity: dec(1), stepBps: 10 } } });
    const events = told(exchange.place(order({ type: 'MARKET', quantity: 2.5 }), 1).events);
    expect(events.slice(1)).toEqual(['TRADE 1 @ 100 x 1', 'TRADE 1 @ 100.1 x 1', 'TRADE 1 @ 100.2 x 0.5']);
  });
  it('spends about the quote quantity, never more', () => {
    const exchange = exchangeWith({ last: 30 });
    const { order: placed } = exchange.place(order({ type: 'MARKET', quoteOrderQty: 100 }), 1);
    expect(placed.executed.toFixed()).toBe('3.33333');
    expect(placed.executedQuote.toFixed()).toBe('99.9999');
  });
  it('fills a limit at better prices and rests with what is left', () => {
    const exchange = exchangeWith({ book: { spreadBps: 0, depth: { quantity: dec(1), stepBps: 10 } } });
    const placed = exchange.place(order({ quantity: 3, price: 100.1 }), 1);
    expect(told(placed.events)).toEqual(['NEW 1', 'TRADE 1 @ 100 x 1', 'TRADE 1 @ 100.1 x 1']);
    expect(placed.order.status).toBe('PARTIALLY_FILLED');
    expect(exchange.balances.locked('USDT').toFixed()).toBe('100.1');
  });
  it('expires what an IOC did not get, and all of a FOK', () => {
    const depth = { book: { spreadBps: 0, depth: { quantity: dec(1), stepBps: 10 } } };
    const ioc = exchangeWith(depth).place(order({ quantity: 3, price: 100.1, timeInForce: 'IOC' }), 1);
    expect(told(ioc.events)).toEqual(['NEW 1', 'TRADE 1 @ 100 x 1', 'TRADE 1 @ 100.1 x 1', 'EXPIRED 1']);
    const fok = exchangeWith(depth).place(order({ quantity: 3, price: 100.1, timeInForce: 'FOK' }), 1);
    expect(told(fok.events)).toEqual(['NEW 1', 'EXPIRED 1']);
    expect(fok.order.executed.isZero()).toBe(true);
    const filled = exchangeWith(depth).place(order({ quantity: 2, price: 100.1, timeInForce: 'FOK' }), 1);
    expect(filled.order.status).toBe('FILLED');
  });
});

describe('orders that rest', () => {
  it('fill at their limit price when the path reaches it, and not before', () => {
    const exchange = exchangeWith();
    exchange.place(order({ quantity: 1, price: 95 }), 1);
    expect(told(play(exchange, 100, 101, 95.01, 100))).toEqual([]);
    expect(told(play(exchange, 100, 101, 95, 100))).toEqual(['TRADE 1 @ 95 x 1']);
  });
  it('fill at their limit price when a bar opens beyond it', () => {
    const exchange = exchangeWith();
    exchange.place(order({ quantity: 1, price: 95 }), 1);
    expect(told(play(exchange, 90, 92, 89, 91))).toEqual(['TRADE 1 @ 95 x 1']);
  });
  it('fill in the order in which the path reaches them, not in that of their ids', () => {
    const exchange = exchangeWith();
    exchange.place(order({ side: 'SELL', quantity: 1, price: 104 }), 1);
    exchange.place(order({ side: 'SELL', quantity: 1, price: 102 }), 1);
    exchange.place(order({ quantity: 1, price: 97 }), 1);
    expect(told(play(exchange, 100, 105, 96, 101))).toEqual([
      'TRADE 3 @ 97 x 1',
      'TRADE 2 @ 102 x 1',
      'TRADE 1 @ 104 x 1',
    ]);
    expect(exchange.market('BTCUSDT').open).toEqual([]);
  });
  it('keep their balance locked until they are done', () => {
    const exchange = exchangeWith();
    const { order: placed } = exchange.place(order({ quantity: 2, price: 90 }), 1);
    expect(exchange.balances.locked('USDT').toFixed()).toBe('180');
    exchange.cancel(placed, 2, 'bye');
    expect(exchange.balances.locked('USDT').toFixed()).toBe('0');
    expect(exchange.balances.free('USDT').toFixed()).toBe('10000');
  });
  it('fill in parts, one a leg, when told to', () => {
    const exchange = exchangeWith({ parts: () => 3 });
    const { order: placed } = exchange.place(order({ quantity: 1, price: 99 }), 1);
    expect(told(play(exchange, 99.5, 101, 98, 100))).toEqual(['TRADE 1 @ 99 x 0.33333', 'TRADE 1 @ 99 x 0.33333']);
    expect(placed.status).toBe('PARTIALLY_FILLED');
    expect(told(play(exchange, 100, 101, 98, 100))).toEqual(['TRADE 1 @ 99 x 0.33334']);
    expect(placed.status).toBe('FILLED');
  });
});

describe('stop orders', () => {
  const stopLoss = (price: number, stopPrice: number) =>
    order({ side: 'SELL', type: 'STOP_LOSS_LIMIT', timeInForce: 'GTC', quantity: 1, price, stopPrice });

  it('trigger where the path touches the stop and take down to their limit', () => {
    const exchange = exchangeWith();
    const { order: placed } = exchange.place(stopLoss(94, 95), 1);
    expect(placed.working).toBe(false);
    expect(told(play(exchange, 100, 101, 90, 92))).toEqual(['NEW 1', 'TRADE 1 @ 95 x 1']);
  });
  it('rest when a bar opens below their limit, and fill when the price comes back', () => {
    const exchange = exchangeWith();
    exchange.place(stopLoss(94, 95), 1);
    expect(told(play(exchange, 90, 93, 88, 92))).toEqual(['NEW 1']);
    expect(exchange.market('BTCUSDT').open).toHaveLength(1);
    expect(told(play(exchange, 92, 94, 91, 93))).toEqual(['TRADE 1 @ 94 x 1']);
  });
  it('sell at the open when it is below the stop but not below the limit', () => {
    const exchange = exchangeWith();
    exchange.place(stopLoss(80, 95), 1);
    expect(told(play(exchange, 90, 93, 88, 92))).toEqual(['NEW 1', 'TRADE 1 @ 90 x 1']);
  });
  it('as market orders sell at whatever the book bids', () => {
    const exchange = exchangeWith();
    exchange.place(order({ side: 'SELL', type: 'STOP_LOSS', quantity: 1, stopPrice: 95 }), 1);
    expect(told(play(exchange, 80, 85, 79, 84))).toEqual(['NEW 1', 'TRADE 1 @ 80 x 1']);
  });
  it('take profit on the other side', () => {
    const exchange = exchangeWith();
    const take = { type: 'TAKE_PROFIT_LIMIT', timeInForce: 'GTC', quantity: 1 } as const;
    exchange.place(order({ ...take, side: 'SELL', price: 104, stopPrice: 105 }), 1);
    exchange.place(order({ ...take, side: 'BUY', price: 96, stopPrice: 95 }), 1);
    expect(told(play(exchange, 100, 106, 94, 101))).toEqual([
      'NEW 2',
      'TRADE 2 @ 95 x 1',
      'NEW 1',
      'TRADE 1 @ 105 x 1',
    ]);
  });
  it('are refused where they would trigger at once', () => {
    const wouldTrigger = '-2010 Stop price would trigger immediately.';
    expect(refusal(() => exchangeWith().place(stopLoss(99, 100), 1))).toBe(wouldTrigger);
    const buy = order({ type: 'STOP_LOSS_LIMIT', timeInForce: 'GTC', quantity: 1, price: 101, stopPrice: 99 });
    expect(refusal(() => exchangeWith().place(buy, 1))).toBe(wouldTrigger);
  });
});

describe('one cancels the other', () => {
  it('takes the profit and expires the stop', () => {
    const exchange = exchangeWith();
    const placed = exchange.placeOco(oco({ price: 110, stopPrice: 90, stopLimitPrice: 89 }), 1);
    expect(told(placed.events)).toEqual(['EXECUTING', 'NEW 1', 'NEW 2']);
    expect(exchange.balances.locked('BTC').toFixed()).toBe('1');
    expect(told(play(exchange, 100, 111, 99, 105))).toEqual(['EXPIRED 1', 'TRADE 2 @ 110 x 1', 'ALL_DONE']);
    expect(exchange.balances.locked('BTC').toFixed()).toBe('0');
  });
  it('expires the limit leg as soon as the stop triggers, and is done when the stop has sold', () => {
    const exchange = exchangeWith();
    exchange.placeOco(oco({ price: 110, stopPrice: 90, stopLimitPrice: 89 }), 1);
    expect(told(play(exchange, 80, 85, 79, 82))).toEqual(['NEW 1', 'EXPIRED 2']);
    expect(exchange.lists[0]!.status).toBe('EXECUTING');
    expect(told(play(exchange, 85, 90, 84, 86))).toEqual(['TRADE 1 @ 89 x 1', 'ALL_DONE']);
  });
  it('is cancelled as a whole by either leg', () => {
    const exchange = exchangeWith();
    const { list } = exchange.placeOco(oco({ price: 110, stopPrice: 90 }), 1);
    expect(told(exchange.cancel(list.orders[1]!, 2))).toEqual(['CANCELED 1', 'CANCELED 2', 'ALL_DONE']);
    expect(refusal(() => exchange.cancel(list.orders[0]!, 3))).toBe('-2011 Unknown order sent.');
  });
  it('locks the dearer leg of a purchase once', () => {
    const exchange = exchangeWith();
    exchange.placeOco(oco({ side: 'BUY', price: 90, stopPrice: 110, stopLimitPrice: 111 }), 1);
    expect(exchange.balances.locked('USDT').toFixed()).toBe('111');
  });
  it('wants the limit and the stop on their sides of the price', () => {
    const wrong = '-2010 The relationship of the prices for the orders is not correct.';
    expect(refusal(() => exchangeWith().placeOco(oco({ price: 99, stopPrice: 90 }), 1))).toBe(wrong);
    expect(refusal(() => exchangeWith().placeOco(oco({ side: 'BUY', price: 99, stopPrice: 98 }), 1))).toBe(wrong);
  });
});

describe('client order ids', () => {
  it('are unique among open orders only', () => {
    const exchange = exchangeWith();
    const again = () => exchange.place(order({ quantity: 1, price: 90, clientOrderId: 'mine' }), 1);
    const { order: first } = again();
    expect(refusal(again)).toBe('-2010 Duplicate order sent.');
    exchange.cancel(first, 2);
    expect(again().order.orderId).toBe(2);
    expect(exchange.findOrder('BTCUSDT', { clientOrderId: 'mine' })!.orderId).toBe(2);
  });
  it('of a filled market order may buy twice', () => {
    const exchange = exchangeWith();
    const buy = () => exchange.place(order({ type: 'MARKET', quantity: 1, clientOrderId: 'mine' }), 1);
    expect([buy().order.orderId, buy().order.orderId]).toEqual([1, 2]);
  });
});

describe('fees', () => {
  it('come from what was received', () => {
    const exchange = exchangeWith();
    const bought = exchange.place(order({ type: 'MARKET', quantity: 1 }), 1).trades[0]!;
    expect([bought.commission.toFixed(), bought.commissionAsset]).toEqual(['0.001', 'BTC']);
    const sold = exchange.place(order({ type: 'MARKET', side: 'SELL', quantity: 1 }), 1).trades[0]!;
    expect([sold.commission.toFixed(), sold.commissionAsset]).toEqual(['0.1', 'USDT']);
  });
  it('come from BNB at a quarter off while there is enough of it', () => {
    const balances = { USDT: '10000', BNB: '0.0004' };
    const exchange = exchangeWith({ balances, bnbBurn: true, bnbPrice: dec(300) });
    const buy = () => exchange.place(order({ type: 'MARKET', quantity: 1 }), 1).trades[0]!;
    const first = buy();
    expect([first.commission.toFixed(), first.commissionAsset]).toEqual(['0.00025', 'BNB']);
    expect(buy().commissionAsset).toBe('BTC');
    expect(exchange.balances.free('BNB').toFixed()).toBe('0.00015');
  });
});
