import { z } from 'zod';
import { type DataOf, messageDefinition } from './message.ts';
import { Interval, Price, Quantity, TradingSymbol, UnixMs, Venue } from './values.ts';

const market = {
  venue: Venue,
  symbol: TradingSymbol,
  interval: Interval,
};

export const CandleClosed = messageDefinition('CandleClosed', 1, 'A candle that will not change any more', {
  ...market,
  openTime: UnixMs.describe('First millisecond of the candle, by the exchange'),
  closeTime: UnixMs.describe('Last millisecond of the candle: openTime + interval - 1'),
  open: Price,
  high: Price,
  low: Price,
  close: Price,
  volume: Quantity.describe('Base asset traded during the candle, decimal string'),
});
export type CandleClosed = DataOf<typeof CandleClosed>;

export const CandlesMissing = messageDefinition(
  'CandlesMissing',
  1,
  'A hole that the exchange itself has: no candle was ever made',
  {
    ...market,
    firstOpenTime: UnixMs.describe('openTime of the first missing candle'),
    lastOpenTime: UnixMs.describe('openTime of the last missing candle'),
    count: z.int().positive().describe('How many candles are missing'),
  },
);
export type CandlesMissing = DataOf<typeof CandlesMissing>;

export const PriceUpdated = messageDefinition(
  'PriceUpdated',
  1,
  'The live price of a symbol; not stored, the newest counts',
  {
    symbol: TradingSymbol,
    price: Price.describe('Last traded price'),
    at: UnixMs.describe("The exchange's event time"),
  },
);
export type PriceUpdated = DataOf<typeof PriceUpdated>;
