import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dec, type Dec, zero } from '../src/decimal.ts';
import type { Exchange } from '../src/matching/exchange.ts';
import type { NewOrder } from '../src/matching/types.ts';
import { BinanceError } from '../src/errors.ts';
import { exchangeWith, oco, order, play } from './exchange.ts';

const price = fc.integer({ min: 8000, max: 12_000 }).map((cents) => cents / 100);
const quantity = fc.integer({ min: 1, max: 4000 }).map((steps) => steps / 1000);
const side = fc.constantFrom('BUY', 'SELL');
const type = fc.constantFrom(
  'MARKET',
  'LIMIT',
  'LIMIT_MAKER',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      side,
      type,
      price,
      stopPrice: price,
      quantity,
      tif: fc.constantFrom('GTC', 'IOC', 'FOK'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('oco' as const),
      side,
      price,
      stopPrice: price,
      limit: fc.option(price),
      quantity,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth: fc.nat(20) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('bar' as const),
      open: price,
      close: price,
      up: fc.nat(300),
      down: fc.nat(300),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const apply = (exchange: Exchange, one: Step): void => {
  try {
    if (one.do === 'place') {
      const market = one.type === 'MARKET' || one.type === 'STOP_LOSS' || one.type === 'TAKE_PROFIT';
      const request: Partial<NewOrder> & object = {
        side: one.side,
        type: one.type,
        timeInForce: one.tif,
      };
      exchange.place(
        order({
          ...request,
          quantity: one.quantity,
          ...(market ? {} : { price: one.price }),
          ...(one.type.includes('_') && one.type !== 'LIMIT_MAKER' ? { stopPrice: one.stopPrice } : {}),
        } as never),
        1,
      );
    } else if (one.do === 'oco') {
      exchange.placeOco(
        oco({
          side: one.side,
          quantity: one.quantity,
          price: one.price,
          stopPrice: one.stopPrice,
          ...(one.limit ? { stopLimitPrice: one.limit } : {}),
        } as never),
        1,
      );
    } else if (one.do === 'cancel') {
      const { open } = exchange.market('BTCUSDT');
      const target = open[one.nth % Math.max(1, open.length)];
      if (target) exchange.cancel(target, 1);
    } else {
      const high = Math.max(one.open, one.close) + one.up / 100;
      const low = Math.min(one.open, one.close) - one.down / 100;
      play(exchange, one.open, high, low, one.close);
    }
  } catch (error) {
    // The exchange's own refusals are part of the game; anything else is a defect.
    if (!(error instanceof BinanceError)) throw error;
  }
};

const sumOf = (amounts: readonly Dec[]): Dec => amounts.reduce((sum, amount) => sum.plus(amount), zero);

const checkLaws = (exchange: Exchange): void => {
  const { open, trades, orders } = exchange.market('BTCUSDT');
  for (const asset of ['BTC', 'USDT', 'BNB']) {
    expect(exchange.balances.free(asset).gte(0), `free ${asset}`).toBe(true);
    expect(exchange.balances.locked(asset).gte(0), `locked ${asset}`).toBe(true);
  }
  // Locked is what open orders may still cost; a pair counts once, with the dearer leg.
  const needs = { BTC: new Map<string, Dec>(), USDT: new Map<string, Dec>() };
  for (const one of open) {
    const left = one.quantity.minus(one.executed);
    const asset = one.side === 'SELL' ? 'BTC' : 'USDT';
    const amount = one.side === 'SELL' ? left : left.times(one.price.isZero() ? one.stopPrice : one.price);
    const key = one.orderListId < 0 ? `order ${one.orderId}` : `list ${one.orderListId}`;
    const before = needs[asset].get(key) ?? zero;
    needs[asset].set(key, amount.gt(before) ? amount : before);
  }
  expect(exchange.balances.locked('BTC').toFixed()).toBe(sumOf([...needs.BTC.values()]).toFixed());
  expect(exchange.balances.locked('USDT').toFixed()).toBe(sumOf([...needs.USDT.values()]).toFixed());
  // Assets come from trades alone, less the fees.
  const total = (asset: string) => exchange.balances.free(asset).plus(exchange.balances.locked(asset)).toFixed();
  const fees = (asset: string) =>
    sumOf(trades.filter((one) => one.commissionAsset === asset).map((one) => one.commission));
  const signed = (pick: 'quantity' | 'quoteQuantity') =>
    sumOf(trades.map((one) => (one.isBuyer ? one[pick] : one[pick].negated())));
  expect(total('BTC')).toBe(dec(10).plus(signed('quantity')).minus(fees('BTC')).toFixed());
  expect(total('USDT')).toBe(dec(10_000).minus(signed('quoteQuantity')).minus(fees('USDT')).toFixed());
  expect(total('BNB')).toBe(dec('0.01').minus(fees('BNB')).toFixed());
  // Orders and trades agree; ids count up from 1.
  for (const one of orders) {
    const own = trades.filter((trade) => trade.orderId === one.orderId);
    expect(sumOf(own.map((trade) => trade.quantity)).toFixed()).toBe(one.executed.toFixed());
    expect(sumOf(own.map((trade) => trade.quoteQuantity)).toFixed()).toBe(one.executedQuote.toFixed());
    expect(one.executed.lte(one.quantity)).toBe(true);
    for (const trade of own) {
      const limited = !one.price.isZero();
      if (limited) expect(one.side === 'BUY' ? trade.price.lte(one.price) : trade.price.gte(one.price)).toBe(true);
    }
  }
  expect(trades.map(({ tradeId }) => tradeId)).toEqual(trades.map((_, index) => index + 1));
  // A list is done when, and only when, none of its orders is open.
  for (const list of exchange.lists) {
    const openLegs = list.orders.filter(({ status }) => status === 'NEW' || status === 'PARTIALLY_FILLED').length;
    expect(list.status).toBe(openLegs > 0 ? 'EXECUTING' : 'ALL_DONE');
    expect(list.orders.filter(({ executed }) => executed.gt(0)).length).toBeLessThanOrEqual(1);
  }
};

it.each([
  ['an endless book', { spreadBps: 2 }, 1],
  ['a thin book and fills in parts', { spreadBps: 5, depth: { quantity: dec('0.7'), stepBps: 3 } }, 3],
] as const)('no balance is negative, locked is what is open, nothing is made or lost: %s', (_, book, parts) => {
  let trades = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
      const exchange = exchangeWith({
        book,
        parts: () => parts,
        bnbBurn: true,
        bnbPrice: dec(300),
        balances: { USDT: '10000', BTC: '10', BNB: '0.01' },
      });
      for (const one of steps) apply(exchange, one);
      checkLaws(exchange);
      trades += exchange.market('BTCUSDT').trades.length;
    }),
    { numRuns: 300 },
  );
  expect(trades, 'the runs traded').toBeGreaterThan(1000);
});
