/** One closed bar. Prices are quote per base, volumes base and quote, all decimal strings with eight decimals. */
export interface Candle {
  readonly openTime: number;
  /** The last millisecond of the bar. */
  readonly closeTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
  readonly takerBase: string;
  readonly takerQuote: string;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths in ms of all intervals but the month, whose length varies. */
export const intervals: Readonly<Record<string, number>> = {
  '1s': 1000,
  '1m': minute,
  '3m': 3 * minute,
  '5m': 5 * minute,
  '15m': 15 * minute,
  '30m': 30 * minute,
  '1h': hour,
  '2h': 2 * hour,
  '4h': 4 * hour,
  '6h': 6 * hour,
  '8h': 8 * hour,
  '12h': 12 * hour,
  '1d': day,
  '3d': 3 * day,
  '1w': 7 * day,
};

/** Weeks begin on a Monday; 1970 began on a Thursday. */
const origin = (interval: string): number => (interval === '1w' ? 4 * day : 0);

/** The open time of the bar of this interval that holds `time`. */
export const openTimeOf = (interval: string, time: number): number => {
  if (interval === '1M') {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  const length = intervals[interval]!;
  const from = origin(interval);
  return Math.floor((time - from) / length) * length + from;
};

/** The last millisecond of the bar that opens at `openTime`. */
export const closeTimeOf = (interval: string, openTime: number): number => {
  if (interval !== '1M') return openTime + intervals[interval]! - 1;
  const date = new Date(openTime);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) - 1;
};

/** Can bars of `interval` be put together from bars of `base`? */
export const isBuiltFrom = (interval: string, base: string): boolean =>
  interval === base ||
  (interval === '1M'
    ? intervals[base]! <= day
    : (intervals[interval] ?? 0) % (intervals[base] ?? Infinity) === 0 && intervals[interval] !== undefined);
