import type { OrderRequest } from '@bot-core/events';
import { describe, expect, it } from 'vitest';
import { canonical, idIn, parseExact, rowOf, Unreadable } from '../src/binance/fields.ts';
import { valueFee } from '../src/binance/fees.ts';
import {
  balanceOf,
  bySmallestTradeId,
  candleOfStream,
  fillOfAnswer,
  fillOfTrade,
  legOf,
  listStatus,
  reportOf,
  rulesOf,
  statusIn,
} from '../src/binance/shapes.ts';

// Shapes as https://github.com/binance/binance-spot-api-docs shows them.

describe('fields', () => {
  it.each([
    ['0.00120000', '0.0012'],
    ['12.00000000', '12'],
    ['0.00000000', '0'],
    ['10', '10'],
    ['1000.10', '1000.1'],
  ])('writes %s as %s', (given, expected) => expect(canonical(given, 'price')).toBe(expected));

  it.each(['', 'NaN', '1e5', '-1', '.5', '01', 7, null, undefined])('refuses %s as a decimal', (given) =>
    expect(() => canonical(given, 'price')).toThrow(Unreadable),
  );

  it('keeps an integer that a number cannot hold', () => {
    const row = rowOf(parseExact('{"i":9007199254740993123,"t":5,"p":0.1}'));
    expect(idIn(row, 'i')).toBe('9007199254740993123');
    expect(idIn(row, 't')).toBe('5');
    expect(row['p']).toBe(0.1);
  });

  it('reads a big integer as the library gives it, and refuses one that lost its digits', () => {
    expect(idIn({ i: { toString: () => '9007199254740993123' } }, 'i')).toBe('9007199254740993123');
    expect(() => idIn({ i: 2 ** 60 }, 'i')).toThrow(Unreadable);
  });
});

const executionReport = {
  e: 'executionReport',
  E: 1499405658658,
  s: 'ETHBTC',
  c: 'mUvoqJxFIILMdfAW5iGSOW',
  S: 'BUY',
  o: 'LIMIT',
  f: 'GTC',
  q: '1.00000000',
  p: '0.10264410',
  P: '0.00000000',
  g: -1,
  C: '',
  x: 'NEW',
  X: 'NEW',
  r: 'NONE',
  i: 4293153,
  l: '0.00000000',
  z: '0.00000000',
  L: '0.00000000',
  n: '0',
  N: null,
  T: 1499405658657,
  t: -1,
  Y: '0.00000000',
};

describe('reports', () => {
  it('reads a new order', () =>
    expect(reportOf(executionReport)).toEqual({
      symbol: 'ETHBTC',
      clientOrderId: 'mUvoqJxFIILMdfAW5iGSOW',
      exchangeOrderId: '4293153',
      status: 'open',
      fill: null,
      at: 1499405658657,
    }));

  it('reads the match of a stop leg', () =>
    expect(
      reportOf({
        ...executionReport,
        o: 'STOP_LOSS_LIMIT',
        g: 7,
        S: 'SELL',
        x: 'TRADE',
        X: 'PARTIALLY_FILLED',
        t: 77,
        l: '0.40000000',
        L: '0.10000000',
        Y: '0.04000000',
        n: '0.00004000',
        N: 'BTC',
      }),
    ).toMatchObject({
      status: 'open',
      fill: {
        tradeId: '77',
        leg: 'stop-loss',
        side: 'SELL',
        quantity: '0.4',
        price: '0.1',
        quoteQuantity: '0.04',
        fee: '0.00004',
        feeAsset: 'BTC',
      },
    }));

  it("names a canceled order by its own id, not by the cancel's", () =>
    expect(reportOf({ ...executionReport, c: 'cancel-1', C: 'bot-1', x: 'CANCELED', X: 'CANCELED' })).toMatchObject({
      clientOrderId: 'bot-1',
      status: 'canceled',
    }));

  it('refuses a status that Binance does not document', () =>
    expect(() => statusIn({ X: 'SOMETHING' }, 'X')).toThrow(Unreadable));
});

describe('fills and balances', () => {
  it('reads a fill of a FULL answer', () =>
    expect(
      fillOfAnswer(
        { price: '4000.00000000', qty: '1.00000000', commission: '4.00000000', commissionAsset: 'USDT', tradeId: 56 },
        'SELL',
        1507725176595 as never,
      ),
    ).toEqual({
      tradeId: '56',
      leg: null,
      side: 'SELL',
      quantity: '1',
      price: '4000',
      quoteQuantity: '4000',
      fee: '4',
      feeAsset: 'USDT',
      at: 1507725176595,
    }));

  it('reads a row of myTrades', () =>
    expect(
      fillOfTrade(
        {
          symbol: 'BNBBTC',
          id: 28457,
          orderId: 100234,
          orderListId: -1,
          price: '4.00000100',
          qty: '12.00000000',
          quoteQty: '48.000012',
          commission: '10.10000000',
          commissionAsset: 'BNB',
          time: 1499865549590,
          isBuyer: true,
          isMaker: false,
          isBestMatch: true,
        },
        'take-profit',
      ),
    ).toMatchObject({
      tradeId: '28457',
      leg: 'take-profit',
      side: 'BUY',
      price: '4.000001',
      quoteQuantity: '48.000012',
    }));

  it('sorts trade ids as numbers', () =>
    expect([{ tradeId: '100' }, { tradeId: '9' }, { tradeId: '10' }].sort(bySmallestTradeId)).toEqual([
      { tradeId: '9' },
      { tradeId: '10' },
      { tradeId: '100' },
    ]));

  it('adds what is free and what is locked', () => {
    expect(balanceOf({ asset: 'BTC', free: '4723846.89208129', locked: '0.00000001' })).toEqual({
      asset: 'BTC',
      total: '4723846.8920813',
    });
    expect(balanceOf({ asset: 'LTC', free: '0.00000000', locked: '0.00000000' })).toBeNull();
  });
});

describe('fees in quote', () => {
  const pair = { base: 'BTC', quote: 'USDT' } as never;
  const value = (fee: string, asset: string) => valueFee(fee as never, asset as never, '50000' as never, pair);
  it('takes quote as it is', () => expect(value('1.25', 'USDT')).toBe('1.25'));
  it('takes base at the price of the fill', () => expect(value('0.00001', 'BTC')).toBe('0.5'));
  it('asks for a third asset', () => expect(value('0.001', 'BNB')).toBeUndefined());
  it('does not ask for nothing', () => expect(value('0', 'BNB')).toBe('0'));
});

describe('an order list as one order', () => {
  const request = {
    type: 'oco',
    takeProfitClientOrderId: 'bot-tp',
    stopClientOrderId: 'bot-sl',
  } as Extract<OrderRequest, { type: 'oco' }>;

  it('knows its legs by our ids', () => {
    expect(legOf(request, 'bot-tp')).toBe('take-profit');
    expect(legOf(request, 'bot-sl')).toBe('stop-loss');
    expect(() => legOf(request, 'somebody-else')).toThrow(Unreadable);
  });

  it.each([
    [false, ['open', 'open'], 'open'],
    [false, ['expired', 'open'], 'open'], // the stop was triggered and rests as a limit order
    [false, ['filled', 'open'], 'filled'], // the list was read a moment before its legs
    [true, ['filled', 'expired'], 'filled'],
    [true, ['canceled', 'filled'], 'filled'],
    [true, ['canceled', 'canceled'], 'canceled'],
    [true, ['expired', 'canceled'], 'canceled'],
    [true, ['expired', 'expired'], 'expired'],
  ] as const)('done %s with legs %s is %s', (done, legs, expected) => expect(listStatus(done, legs)).toBe(expected));
});

it('reads the rules of a symbol', () =>
  expect(
    rulesOf({
      symbol: 'BTCUSDT',
      status: 'BREAK',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
        { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
        { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '107.70414729', stepSize: '0.00000000' },
        { filterType: 'NOTIONAL', minNotional: '5.00000000', applyMinToMarket: true },
      ],
    }),
  ).toEqual({
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    trading: false,
    tickSize: '0.01',
    stepSize: '0.00001',
    minQuantity: '0.00001',
    maxQuantity: '9000',
    maxMarketQuantity: '107.70414729',
    minNotional: '5',
  }));

it('reads a kline of the stream', () =>
  expect(
    candleOfStream({
      t: 1672515780000,
      T: 1672515839999,
      s: 'BNBBTC',
      i: '1m',
      o: '0.0010',
      c: '0.0020',
      h: '0.0025',
      l: '0.0015',
      v: '1000',
      x: true,
    }),
  ).toEqual({
    openTime: 1672515780000,
    closeTime: 1672515839999,
    open: '0.001',
    high: '0.0025',
    low: '0.0015',
    close: '0.002',
    volume: '1000',
  }));
