import { dec, type Dec, zero } from '../decimal.ts';
import { type Candle, closeTimeOf, openTimeOf } from './candle.ts';

/** A trailing 24 hours, as tickers show it. */
export interface DayStats {
  readonly openTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: Dec;
  readonly quoteVolume: Dec;
  readonly trades: number;
}

const dayMs = 86_400_000;

/** One symbol's candles that have been played, and the one that is forming. */
export class Series {
  readonly symbol: string;
  readonly interval: string;
  readonly candles: Candle[] = [];
  /** The bar in progress; its closing values are those of its last path point. */
  forming: Candle | undefined;
  #firstOfDay = 0;
  #counted = 0;
  #volume = zero;
  #quoteVolume = zero;
  #trades = 0;
  /** Highs and lows of the candles as numbers, to find a day's extremes quickly. */
  readonly #highs: number[] = [];
  readonly #lows: number[] = [];

  constructor(symbol: string, interval: string) {
    this.symbol = symbol;
    this.interval = interval;
  }

  /**
   * What `klines` answers: bars by open time within [startTime, endTime], the first `limit` from a start time, else the last.
   * The bar in progress is the last one. Longer intervals are put together from the series' own.
   */
  klines(query: { interval: string; startTime?: number; endTime?: number; limit: number }): readonly Candle[] {
    const { interval, startTime = -Infinity, endTime = Infinity, limit } = query;
    const bars = this.#all(interval, startTime, endTime, limit);
    const inside = bars.filter((bar) => bar.openTime >= startTime && bar.openTime <= endTime);
    return startTime === -Infinity ? inside.slice(-limit) : inside.slice(0, limit);
  }

  /** The bar of `interval` that holds `time`, from what has been played of it; undefined when nothing has. */
  barAt(interval: string, time: number): Candle | undefined {
    const openTime = openTimeOf(interval, time);
    return this.klines({ interval, startTime: openTime, endTime: openTime, limit: 1 })[0];
  }

  day(): DayStats | undefined {
    const latest = this.forming ?? this.candles.at(-1);
    if (!latest) return undefined;
    const from = latest.closeTime + 1 - dayMs;
    while (this.#counted < this.candles.length) {
      const candle = this.candles[this.#counted++]!;
      this.#highs.push(Number(candle.high));
      this.#lows.push(Number(candle.low));
      this.#count(candle, 1);
    }
    while (this.#firstOfDay < this.candles.length && this.candles[this.#firstOfDay]!.openTime < from)
      this.#count(this.candles[this.#firstOfDay++]!, -1);
    const first = this.candles[this.#firstOfDay] ?? latest;
    let high = -1;
    let low = -1;
    for (let index = this.#firstOfDay; index < this.candles.length; index += 1) {
      if (high < 0 || this.#highs[index]! > this.#highs[high]!) high = index;
      if (low < 0 || this.#lows[index]! < this.#lows[low]!) low = index;
    }
    const highest = higher(this.candles[high], this.forming) ?? latest;
    const lowest = lower(this.candles[low], this.forming) ?? latest;
    return {
      openTime: first.openTime,
      open: first.open,
      high: highest.high,
      low: lowest.low,
      close: latest.close,
      volume: this.forming ? this.#volume.plus(this.forming.volume) : this.#volume,
      quoteVolume: this.forming ? this.#quoteVolume.plus(this.forming.quoteVolume) : this.#quoteVolume,
      trades: this.#trades + (this.forming?.trades ?? 0),
    };
  }

  #count(candle: Candle, sign: 1 | -1): void {
    this.#volume = this.#volume.plus(dec(candle.volume).times(sign));
    this.#quoteVolume = this.#quoteVolume.plus(dec(candle.quoteVolume).times(sign));
    this.#trades += sign * candle.trades;
  }

  #all(interval: string, startTime: number, endTime: number, limit: number): readonly Candle[] {
    const own = interval === this.interval;
    const count = this.candles.length;
    // Reach back far enough for `limit` bars; gaps make bars of longer intervals out of fewer candles, never of more.
    const perBar = own
      ? 1
      : Math.ceil((closeTimeOf(interval, openTimeOf(interval, 0)) + 2 - openTimeOf(interval, 0)) / lengthOf(this)) + 1;
    let from = 0;
    let to = count;
    if (startTime !== -Infinity) {
      from = this.#indexAt(openTimeOf(interval, startTime));
      to = Math.min(count, from + (limit + 2) * perBar);
    } else {
      if (endTime !== Infinity) to = this.#indexAt(closeTimeOf(interval, openTimeOf(interval, endTime)) + 1);
      from = Math.max(0, to - (limit + 2) * perBar);
      if (!own && from < count) from = this.#indexAt(openTimeOf(interval, this.candles[from]!.openTime));
    }
    const bars = this.candles.slice(from, to);
    if (this.forming && to === count) bars.push(this.forming);
    return own ? bars : groupBars(bars, interval);
  }

  /** The first candle that opens at or after `time`. */
  #indexAt(time: number): number {
    let low = 0;
    let high = this.candles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.candles[middle]!.openTime < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const higher = (a: Candle | undefined, b: Candle | undefined): Candle | undefined =>
  !a || (b && Number(b.high) > Number(a.high)) ? b : a;
const lower = (a: Candle | undefined, b: Candle | undefined): Candle | undefined =>
  !a || (b && Number(b.low) < Number(a.low)) ? b : a;

const lengthOf = (series: Series): number => closeTimeOf(series.interval, 0) + 1;

const groupBars = (bars: readonly Candle[], interval: string): readonly Candle[] => {
  const groups: Candle[][] = [];
  for (const bar of bars) {
    const group = groups.at(-1);
    if (group && openTimeOf(interval, group[0]!.openTime) === openTimeOf(interval, bar.openTime)) group.push(bar);
    else groups.push([bar]);
  }
  return groups.map((group) => mergeBars(group, interval));
};

const sum = (bars: readonly Candle[], key: 'volume' | 'quoteVolume' | 'takerBase' | 'takerQuote'): string =>
  bars.reduce((total, bar) => total.plus(bar[key]), zero).toFixed(8);

const mergeBars = (bars: readonly Candle[], interval: string): Candle => {
  const openTime = openTimeOf(interval, bars[0]!.openTime);
  return {
    openTime,
    closeTime: closeTimeOf(interval, openTime),
    open: bars[0]!.open,
    high: bars.reduce((best, bar) => higher(best, bar)!).high,
    low: bars.reduce((best, bar) => lower(best, bar)!).low,
    close: bars.at(-1)!.close,
    volume: sum(bars, 'volume'),
    quoteVolume: sum(bars, 'quoteVolume'),
    trades: bars.reduce((total, bar) => total + bar.trades, 0),
    takerBase: sum(bars, 'takerBase'),
    takerQuote: sum(bars, 'takerQuote'),
  };
};
