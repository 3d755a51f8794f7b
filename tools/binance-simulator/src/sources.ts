import { closeTimeOf, type Candle, intervals, openTimeOf } from './feed/candle.ts';
import { readCandles } from './feed/files.ts';
import { generateCandles } from './feed/generator.ts';
import { Series } from './feed/series.ts';
import type { Feed } from './clock/playback.ts';
import type { SimulatorOptions, Source } from './options.ts';

export interface LoadedSource {
  readonly feed: Feed;
  /** Close of the last candle of the history: where the market stands at the start. */
  readonly lastClose: string;
  readonly startsAt: number;
}

const january2024 = Date.UTC(2024, 0, 1);

const take = (candles: Iterator<Candle>, limit: number): (() => Candle | undefined) => {
  let left = limit;
  return () => {
    if (left <= 0) return undefined;
    left -= 1;
    const next = candles.next();
    return next.done ? undefined : next.value;
  };
};

/** Where generated candles begin: their history ends with the first symbol's, in `realtime` now; else they begin in 2024. */
const generatedStart = (options: SimulatorOptions, interval: string, history: number, until?: number): number => {
  if (until !== undefined) return until - history * intervals[interval]!;
  if (options.startTime !== undefined) return openTimeOf(interval, options.startTime);
  if (options.clock !== 'realtime') return openTimeOf(interval, january2024);
  return openTimeOf(interval, Date.now()) - history * intervals[interval]!;
};

/** `until`: the time at which the first symbol's history ends; the others' end there too, gaps or not. */
const load = async (source: Source, options: SimulatorOptions, until?: number): Promise<LoadedSource> => {
  const history = options.history ?? 500;
  const limit = options.limit ?? Infinity;
  let series: Series;
  let candles: Iterator<Candle>;
  let total: number | undefined;
  let past = history;
  if ('file' in source) {
    const file = await readCandles(source.file, { symbol: source.symbol, interval: options.interval });
    series = new Series(file.symbol, file.interval);
    past = until === undefined ? history : file.candles.filter((candle) => candle.closeTime < until).length;
    past = Math.min(past, file.candles.length - 1);
    candles = file.candles.values();
    total = Math.min(limit, file.candles.length - past);
  } else {
    const interval = options.interval ?? '1h';
    if (intervals[interval] === undefined)
      throw new Error(`simulator: interval ${interval} is not one of ${Object.keys(intervals).join(', ')}`);
    series = new Series(source.symbol, interval);
    candles = generateCandles({
      symbol: source.symbol,
      interval,
      seed: options.seed ?? 1,
      startTime: generatedStart(options, interval, history, until),
      ...(source.startPrice === undefined ? {} : { startPrice: source.startPrice }),
    });
    total = Number.isFinite(limit) ? limit : undefined;
  }
  for (let index = 0; index < past; index += 1) {
    const next = candles.next();
    if (!next.done) series.candles.push(next.value);
  }
  const next = take(candles, total ?? Infinity);
  const latest = series.candles.at(-1);
  if (latest) return { feed: { series, total, next }, lastClose: latest.close, startsAt: latest.closeTime + 1 };
  // Without a history the market stands at the first open.
  const first = next();
  if (!first) throw new Error(`simulator: nothing to play for ${series.symbol}`);
  let pending: Candle | undefined = first;
  const feed: Feed = {
    series,
    total,
    next: () => {
      const candle = pending ?? next();
      pending = undefined;
      return candle;
    },
  };
  return {
    feed,
    lastClose: first.open,
    startsAt: openTimeOf(series.interval, closeTimeOf(series.interval, first.openTime)),
  };
};

/** Opens every source. @throws Error when two have one symbol, or a file cannot be read. */
export const loadSources = async (options: SimulatorOptions): Promise<readonly LoadedSource[]> => {
  const sources = options.sources?.length ? options.sources : [{ symbol: 'BTCUSDT' }];
  const loaded: LoadedSource[] = [];
  for (const source of sources) {
    const one = await load(source, options, loaded[0]?.startsAt);
    const { symbol } = one.feed.series;
    if (loaded.some(({ feed }) => feed.series.symbol === symbol))
      throw new Error(`simulator: two sources for ${symbol}; give each symbol one`);
    loaded.push(one);
  }
  return loaded;
};
