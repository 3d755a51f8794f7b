import {
  type Interval,
  Interval as IntervalSchema,
  type TradingSymbol,
  tradingSymbol,
  type Venue,
  Venue as VenueSchema,
} from './values.ts';

/** Every subject on the bus is built and parsed here and nowhere else. */
export const subjects = {
  candle: (venue: Venue, symbol: TradingSymbol, interval: Interval) => `market.candle.${venue}.${symbol}.${interval}`,
  gap: (venue: Venue, symbol: TradingSymbol, interval: Interval) => `market.gap.${venue}.${symbol}.${interval}`,
  price: (symbol: TradingSymbol) => `market.price.${symbol}`,
  signal: (symbol: TradingSymbol, interval: Interval) => `signal.${symbol}.${interval}`,
  deadLetter: (subject: string) => `dlq.${subject}`,
  view: (readModel: string, key: string) => `view.${readModel}.${key}`,
  rpc: (service: string, method: string) => `rpc.${service}.${method}`,
} as const;

/** Wildcard forms for consumers and message patterns. */
export const patterns = {
  candles: 'market.candle.>',
  gaps: 'market.gap.>',
  prices: 'market.price.*',
  signals: 'signal.>',
  views: 'view.>',
} as const;

/** @throws {Error} naming the subject when it is not a candle subject. */
export const parseCandleSubject = (subject: string): { venue: Venue; symbol: TradingSymbol; interval: Interval } => {
  const [market, candle, venue, symbol, interval, ...rest] = subject.split('.');
  if (market !== 'market' || candle !== 'candle' || !symbol || rest.length > 0) throw notOf('candle', subject);
  return { venue: VenueSchema.parse(venue), symbol: tradingSymbol(symbol), interval: IntervalSchema.parse(interval) };
};

/** @throws {Error} naming the subject when it is not a signal subject. */
export const parseSignalSubject = (subject: string): { symbol: TradingSymbol; interval: Interval } => {
  const [signal, symbol, interval, ...rest] = subject.split('.');
  if (signal !== 'signal' || !symbol || rest.length > 0) throw notOf('signal', subject);
  return { symbol: tradingSymbol(symbol), interval: IntervalSchema.parse(interval) };
};

const notOf = (kind: string, subject: string) =>
  new Error(`events: "${subject}" is not a ${kind} subject. Build subjects with \`subjects.${kind}\`.`);
