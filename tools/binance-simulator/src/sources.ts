import { type Candle, intervals, openTimeOf } from './feed/candle.ts';
import { type CandleFile, readCandles } from './feed/files.ts';
import { generateCandles } from './feed/generator.ts';
import { Series } from './feed/series.ts';
import type { Feed } from './clock/playback.ts';
import type { GeneratedSource, SimulatorOptions, Source } from './options.ts';

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

/** A source before its history is cut off: all candles of a file, or a generator to come. */
type Opened =
  | ({ readonly kind: 'file' } & CandleFile)
  | ({ readonly kind: 'generated'; readonly interval: string } & GeneratedSource);

/** Joins the files of one symbol, such as Binance's files of a month each. @throws Error when they overlap. */
const join = (a: CandleFile, b: CandleFile): CandleFile => {
  const [first, second] = a.candles[0]!.openTime < b.candles[0]!.openTime ? [a, b] : [b, a];
  if (a.interval !== b.interval)
    throw new Error(`simulator: files of ${a.symbol} have bars of ${a.interval} and of ${b.interval}`);
  if (second.candles[0]!.openTime <= first.candles.at(-1)!.openTime)
    throw new Error(
      `simulator: two files of ${a.symbol} overlap at ${new Date(second.candles[0]!.openTime).toISOString()}`,
    );
  return { ...a, candles: [...first.candles, ...second.candles] };
};

const open = async (options: SimulatorOptions): Promise<readonly Opened[]> => {
  const sources: readonly Source[] = options.sources?.length ? options.sources : [{ symbol: 'BTCUSDT' }];
  const opened = new Map<string, Opened>();
  for (const source of sources) {
    let one: Opened;
    if ('file' in source) {
      const file = await readCandles(source.file, { symbol: source.symbol, interval: options.interval });
      const before = opened.get(file.symbol);
      if (before?.kind === 'file') opened.delete(file.symbol);
      one = { kind: 'file', ...(before?.kind === 'file' ? join(before, file) : file) };
    } else {
      const interval = options.interval ?? '1h';
      if (intervals[interval] === undefined)
        throw new Error(`simulator: interval ${interval} is not one of ${Object.keys(intervals).join(', ')}`);
      one = { kind: 'generated', interval, ...source };
    }
    if (opened.has(one.symbol)) throw new Error(`simulator: two sources for ${one.symbol}; give each symbol one`);
    opened.set(one.symbol, one);
  }
  return [...opened.values()];
};

/** `until`: the time at which the first symbol's history ends; the others' end there too, gaps or not. */
const load = (source: Opened, options: SimulatorOptions, until?: number): LoadedSource => {
  const { history = 500, limit = Infinity } = options;
  const { symbol, interval } = source;
  const series = new Series(symbol, interval);
  let candles: Iterator<Candle>;
  let past = history;
  let total: number | undefined;
  if (source.kind === 'file') {
    const inPast = until === undefined ? history : source.candles.filter(({ closeTime }) => closeTime < until).length;
    past = Math.min(inPast, source.candles.length - 1);
    candles = source.candles.values();
    total = Math.min(limit, source.candles.length - past);
  } else {
    const { seed = 1 } = options;
    const startTime = generatedStart(options, interval, history, until);
    const { startPrice = 50_000 } = source;
    candles = generateCandles({ symbol, interval, seed, startTime, startPrice });
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
  if (!first) throw new Error(`simulator: nothing to play for ${symbol}; limit and history leave no candle`);
  const unread = [first];
  return {
    feed: { series, total, next: () => unread.pop() ?? next() },
    lastClose: first.open,
    startsAt: first.openTime,
  };
};

/** Opens every source. @throws Error when a file cannot be read, or files and symbols do not fit together. */
export const loadSources = async (options: SimulatorOptions): Promise<readonly LoadedSource[]> => {
  const loaded: LoadedSource[] = [];
  for (const source of await open(options)) loaded.push(load(source, options, loaded[0]?.startsAt));
  return loaded;
};
