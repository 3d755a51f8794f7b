import {
  CandleClosed,
  candleId,
  CandlesMissing,
  idOf,
  type Interval,
  type Message,
  type Price,
  PriceUpdated,
  subjects,
  type TradingSymbol,
  type UnixMs,
} from '@bot-core/events';
import type { ExchangeCandle } from '@bot-core/exchange';
import type { Hole } from './sequence.ts';

export interface Market {
  readonly symbol: TradingSymbol;
  readonly interval: Interval;
}

const source = 'ingest';
const venue = 'spot';

export const candleSubject = ({ symbol, interval }: Market): string => subjects.candle(venue, symbol, interval);
export const gapSubject = ({ symbol, interval }: Market): string => subjects.gap(venue, symbol, interval);

/** `at`: when the exchange said that it is closed, by the exchange's clock. */
export const candleClosed = (market: Market, candle: ExchangeCandle, at: UnixMs): Message<CandleClosed> => {
  const id = candleId(venue, market.symbol, market.interval, candle.openTime);
  return {
    id,
    definition: CandleClosed,
    source,
    time: at,
    subject: candleSubject(market),
    correlationId: id,
    causationId: id,
    data: { venue, ...market, ...candle },
  };
};

/** `at`: when the exchange answered without these candles, by the exchange's clock. */
export const candlesMissing = (market: Market, hole: Hole, at: UnixMs): Message<CandlesMissing> => {
  const id = idOf('gap', venue, market.symbol, market.interval, hole.firstOpenTime, hole.lastOpenTime);
  return {
    id,
    definition: CandlesMissing,
    source,
    time: at,
    subject: gapSubject(market),
    correlationId: id,
    causationId: id,
    data: { venue, ...market, ...hole },
  };
};

export const priceUpdated = (symbol: TradingSymbol, price: Price, at: UnixMs): Message<PriceUpdated> => {
  const id = idOf('price', symbol, at, price);
  return {
    id,
    definition: PriceUpdated,
    source,
    time: at,
    subject: subjects.price(symbol),
    correlationId: id,
    causationId: id,
    data: { symbol, price, at },
  };
};
