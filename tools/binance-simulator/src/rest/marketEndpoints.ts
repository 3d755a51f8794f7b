import { fixed8 } from '../decimal.ts';
import { errors } from '../errors.ts';
import { type Candle, intervals, isBuiltFrom } from '../feed/candle.ts';
import type { Series } from '../feed/series.ts';
import { filtersOf } from '../filters/check.ts';
import type { SymbolRules } from '../filters/rules.ts';
import { levelPrice, quoteOf } from '../matching/book.ts';
import type { Endpoint, Endpoints, Venue } from './endpoint.ts';
import type { Params } from './params.ts';
import { dayTickerRest } from './tickers.ts';

const seriesOf = (venue: Venue, symbol: string): Series => {
  const series = venue.series.get(symbol);
  if (!series) throw errors.invalidSymbol();
  return series;
};

/** The named symbols' answers: one object for `symbol`, an array for `symbols` and for all. */
const perSymbol = (params: Params, venue: Venue, row: (series: Series) => unknown): unknown => {
  const symbols = params.symbols();
  if (params.text('symbol') && symbols) return row(seriesOf(venue, symbols[0]!));
  return (symbols ?? [...venue.series.keys()]).map((symbol) => row(seriesOf(venue, symbol)));
};

const weightBySymbols =
  (one: number, all: number) =>
  (params: Params): number =>
    params.has('symbol') ? one : all;

const klineRow = (bar: Candle) => [
  bar.openTime,
  bar.open,
  bar.high,
  bar.low,
  bar.close,
  bar.volume,
  bar.closeTime,
  bar.quoteVolume,
  bar.trades,
  bar.takerBase,
  bar.takerQuote,
  '0',
];

const klines: Endpoint = {
  weight: 2,
  security: 'none',
  handle: (params, venue) => {
    const series = seriesOf(venue, params.required('symbol'));
    const interval = params.required('interval');
    const known = interval === '1M' || intervals[interval] !== undefined;
    if (!known || !isBuiltFrom(interval, series.interval)) throw errors.invalidInterval();
    const startTime = params.int('startTime');
    const endTime = params.int('endTime');
    return series
      .klines({
        interval,
        limit: params.limit(500, 1000),
        ...(startTime === undefined ? {} : { startTime }),
        ...(endTime === undefined ? {} : { endTime }),
      })
      .map(klineRow);
  },
};

const symbolInfo = (rules: SymbolRules) => ({
  symbol: rules.symbol,
  status: 'TRADING',
  baseAsset: rules.baseAsset,
  baseAssetPrecision: 8,
  quoteAsset: rules.quoteAsset,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  baseCommissionPrecision: 8,
  quoteCommissionPrecision: 8,
  orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
  icebergAllowed: false,
  ocoAllowed: true,
  otoAllowed: false,
  quoteOrderQtyMarketAllowed: true,
  allowTrailingStop: false,
  cancelReplaceAllowed: false,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: filtersOf(rules),
  permissions: [],
  permissionSets: [['SPOT']],
  defaultSelfTradePreventionMode: 'NONE',
  allowedSelfTradePreventionModes: ['NONE'],
});

const exchangeInfo: Endpoint = {
  weight: 20,
  security: 'none',
  handle: (params, venue) => {
    const symbols = params.symbols() ?? [...venue.series.keys()];
    return {
      timezone: 'UTC',
      serverTime: venue.clock.serverTime(),
      rateLimits: venue.limits.describe(),
      exchangeFilters: [],
      symbols: symbols.map((symbol) => symbolInfo(venue.exchange.market(symbol).rules)),
    };
  },
};

const bookTicker = (series: Series, venue: Venue) => {
  const market = venue.exchange.market(series.symbol);
  const { bid, ask } = quoteOf(market, venue.exchange.book);
  const size = fixed8(venue.exchange.book.depth?.quantity ?? market.rules.maxQty);
  return { symbol: series.symbol, bidPrice: fixed8(bid), bidQty: size, askPrice: fixed8(ask), askQty: size };
};

const depth: Endpoint = {
  weight: 5,
  security: 'none',
  handle: (params, venue) => {
    const { exchange } = venue;
    const market = exchange.market(params.required('symbol'));
    const size = fixed8(exchange.book.depth?.quantity ?? market.rules.maxQty);
    const side = (taker: 'BUY' | 'SELL') => {
      const rows: [string, string][] = [];
      for (let level = 0; level < params.limit(100, 5000); level += 1) {
        const price = levelPrice(market, exchange.book, taker, level);
        if (!price) break;
        rows.push([fixed8(price), size]);
      }
      return rows;
    };
    return { lastUpdateId: venue.clock.now(), bids: side('SELL'), asks: side('BUY') };
  },
};

export const marketEndpoints: Endpoints = {
  'GET /api/v3/ping': { weight: 1, security: 'none', handle: () => ({}) },
  'GET /api/v3/time': {
    weight: 1,
    security: 'none',
    handle: (_, venue) => ({ serverTime: venue.clock.serverTime() }),
  },
  'GET /api/v3/exchangeInfo': exchangeInfo,
  'GET /api/v3/klines': klines,
  'GET /api/v3/uiKlines': klines,
  'GET /api/v3/depth': depth,
  'GET /api/v3/ticker/price': {
    weight: weightBySymbols(2, 4),
    security: 'none',
    handle: (params, venue) =>
      perSymbol(params, venue, ({ symbol }) => ({ symbol, price: fixed8(venue.exchange.market(symbol).last) })),
  },
  'GET /api/v3/ticker/bookTicker': {
    weight: weightBySymbols(2, 4),
    security: 'none',
    handle: (params, venue) => perSymbol(params, venue, (series) => bookTicker(series, venue)),
  },
  'GET /api/v3/ticker/24hr': {
    weight: weightBySymbols(2, 80),
    security: 'none',
    handle: (params, venue) => perSymbol(params, venue, (series) => dayTickerRest(series, venue.exchange)),
  },
  'GET /api/v3/avgPrice': {
    weight: 2,
    security: 'none',
    handle: (params, venue) => {
      const { last } = venue.exchange.market(params.required('symbol'));
      return { mins: 5, price: fixed8(last), closeTime: venue.clock.now() };
    },
  },
};
