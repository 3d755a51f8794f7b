import { describe, expect, it } from 'vitest';
import { dec } from '../src/decimal.ts';
import { filtersOf } from '../src/filters/check.ts';
import { rulesFor, splitSymbol } from '../src/filters/rules.ts';
import { exchangeWith, oco, order, refusal } from './exchange.ts';

const answer = (request: Parameters<typeof order>[0], setup: Parameters<typeof exchangeWith>[0] = {}) =>
  refusal(() => exchangeWith(setup).place(order(request), 1));

describe('filters refuse with the exchange’s own words', () => {
  it.each([
    ['a price off the tick', { quantity: 1, price: 90.001 }, '-1013 Filter failure: PRICE_FILTER'],
    ['a price above the maximum', { quantity: 1, price: 1_000_001 }, '-1013 Filter failure: PRICE_FILTER'],
    ['a quantity off the step', { quantity: 1.000001, price: 90 }, '-1013 Filter failure: LOT_SIZE'],
    ['a quantity below the minimum', { quantity: 0.000001, price: 90 }, '-1013 Filter failure: LOT_SIZE'],
    ['a quantity above the maximum', { quantity: 9001, price: 90 }, '-1013 Filter failure: LOT_SIZE'],
    ['a market order too large', { type: 'MARKET', quantity: 121 }, '-1013 Filter failure: MARKET_LOT_SIZE'],
    ['an order below the minimum', { quantity: 0.04, price: 90 }, '-1013 Filter failure: NOTIONAL'],
    ['a market order below it', { type: 'MARKET', quantity: 0.04 }, '-1013 Filter failure: NOTIONAL'],
    [
      'an order above the maximum',
      { quantity: 9000, price: 499 },
      '-2010 Account has insufficient balance for requested action.',
    ],
    ['a price far above', { quantity: 1, price: 501 }, '-1013 Filter failure: PERCENT_PRICE_BY_SIDE'],
    ['a price far below', { quantity: 1, price: 19 }, '-1013 Filter failure: PERCENT_PRICE_BY_SIDE'],
    [
      'more than the balance',
      { quantity: 112, price: 90 },
      '-2010 Account has insufficient balance for requested action.',
    ],
    [
      'selling what is not there',
      { side: 'SELL', quantity: 11, price: 110 },
      '-2010 Account has insufficient balance for requested action.',
    ],
    [
      'a maker that would take',
      { type: 'LIMIT_MAKER', quantity: 1, price: 100 },
      '-2010 Order would immediately match and take.',
    ],
  ] as const)('%s', (_, request, words) => {
    expect(answer(request)).toBe(words);
  });

  it('a notional above the maximum', () => {
    expect(answer({ quantity: 9000, price: 1001 }, { last: 1000 })).toBe('-1013 Filter failure: NOTIONAL');
  });
  it('too many open orders, and too many stops among them', () => {
    const many = exchangeWith({ rules: { maxNumOrders: 2 } });
    const place = () => many.place(order({ quantity: 0.1, price: 90 }), 1);
    place();
    place();
    expect(refusal(place)).toBe('-1013 Filter failure: MAX_NUM_ORDERS');
    const algos = exchangeWith({ rules: { maxNumAlgoOrders: 1 } });
    algos.placeOco(oco({ price: 110, stopPrice: 90 }), 1);
    expect(refusal(() => algos.placeOco(oco({ price: 110, stopPrice: 90 }), 1))).toBe(
      '-1013 Filter failure: MAX_NUM_ALGO_ORDERS',
    );
  });
});

it('a refused order changes nothing', () => {
  const exchange = exchangeWith();
  refusal(() => exchange.place(order({ quantity: 112, price: 90 }), 1));
  expect(exchange.market('BTCUSDT').orders).toEqual([]);
  expect(exchange.balances.free('USDT').toFixed()).toBe('10000');
});

it('exchangeInfo shows the filters that are enforced', () => {
  expect(filtersOf(rulesFor('BTCUSDT', dec(50_000)))).toEqual(
    expect.arrayContaining([
      { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
      { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
      expect.objectContaining({ filterType: 'NOTIONAL', minNotional: '5.00000000', applyMinToMarket: true }),
      expect.objectContaining({ filterType: 'PERCENT_PRICE_BY_SIDE', bidMultiplierUp: '5', askMultiplierDown: '0.2' }),
      expect.objectContaining({ filterType: 'MARKET_LOT_SIZE', maxQty: '120.00000000' }),
    ]),
  );
});

it('a symbol that is not known gets a tick that suits its price', () => {
  expect(rulesFor('DOGEUSDT', dec('0.1')).tickSize.toFixed()).toBe('0.000001');
  expect(splitSymbol('ETHBTC')).toEqual({ baseAsset: 'ETH', quoteAsset: 'BTC' });
  expect(() => splitSymbol('NONSENSE')).toThrow('cannot tell base from quote');
});
