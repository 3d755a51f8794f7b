import { dec, fixed8 } from '../decimal.ts';
import type { Series } from '../feed/series.ts';
import { quoteOf } from '../matching/book.ts';
import type { Exchange } from '../matching/exchange.ts';

const closeTimeOfDay = (series: Series): number => (series.forming ?? series.candles.at(-1))?.closeTime ?? 0;

/** The body of `<symbol>@miniTicker`, without its event time. */
export const miniTicker = (series: Series) => {
  const day = series.day();
  return {
    e: '24hrMiniTicker',
    E: 0,
    s: series.symbol,
    c: day?.close ?? '0',
    o: day?.open ?? '0',
    h: day?.high ?? '0',
    l: day?.low ?? '0',
    v: fixed8(day?.volume ?? dec(0)),
    q: fixed8(day?.quoteVolume ?? dec(0)),
  };
};

/** `GET /api/v3/ticker/24hr` for one symbol. */
export const dayTickerRest = (series: Series, exchange: Exchange) => {
  const day = series.day();
  const market = exchange.market(series.symbol);
  const { bid, ask } = quoteOf(market, exchange.book);
  const open = dec(day?.open ?? 0);
  const change = dec(day?.close ?? 0).minus(open);
  const size = fixed8(exchange.book.depth?.quantity ?? market.rules.maxQty);
  const volume = day?.volume ?? dec(0);
  const quoteVolume = day?.quoteVolume ?? dec(0);
  return {
    symbol: series.symbol,
    priceChange: fixed8(change),
    priceChangePercent: (open.isZero() ? dec(0) : change.div(open).times(100)).toFixed(3),
    weightedAvgPrice: fixed8(volume.isZero() ? dec(0) : quoteVolume.div(volume)),
    prevClosePrice: fixed8(open),
    lastPrice: fixed8(market.last),
    lastQty: '0.00000000',
    bidPrice: fixed8(bid),
    bidQty: size,
    askPrice: fixed8(ask),
    askQty: size,
    openPrice: fixed8(open),
    highPrice: day?.high ?? '0',
    lowPrice: day?.low ?? '0',
    volume: fixed8(volume),
    quoteVolume: fixed8(quoteVolume),
    openTime: day?.openTime ?? 0,
    closeTime: closeTimeOfDay(series),
    firstId: -1,
    lastId: -1,
    count: day?.trades ?? 0,
  };
};

/** The body of `<symbol>@ticker`, without its event time. */
export const dayTicker = (series: Series, exchange: Exchange) => {
  const day = dayTickerRest(series, exchange);
  return {
    e: '24hrTicker',
    E: 0,
    s: day.symbol,
    p: day.priceChange,
    P: day.priceChangePercent,
    w: day.weightedAvgPrice,
    x: day.prevClosePrice,
    c: day.lastPrice,
    Q: day.lastQty,
    b: day.bidPrice,
    B: day.bidQty,
    a: day.askPrice,
    A: day.askQty,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
    O: day.openTime,
    C: day.closeTime,
    F: day.firstId,
    L: day.lastId,
    n: day.count,
  };
};
