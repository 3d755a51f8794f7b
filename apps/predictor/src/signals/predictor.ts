import {
  type CandleClosed,
  type Interval,
  intervalMs,
  type Message,
  type SignalCause,
  SignalEmitted,
  signalId,
  subjects,
  type TradingSymbol,
  type UnixMs,
} from '@bot-core/events';
import { barOf, type Bar, type Judgement, judgementOf, windowSize } from '@bot-core/features';
import type { Model } from '../models/model.ts';
import type { ModelSource } from '../models/source.ts';
import { type ReadBars, Series } from '../windows/series.ts';

/** A candle with what the bus says about it. */
export interface ReceivedCandle {
  readonly id: string;
  readonly subject: string;
  readonly sequence: number;
  /** By the exchange's clock. */
  readonly time: UnixMs;
  readonly correlationId: string;
  readonly candle: CandleClosed;
}

export interface PredictorOptions {
  readonly models: ModelSource;
  /** Reads the stored candles of a subject. */
  readonly read: (subject: string) => ReadBars;
  readonly publish: (message: Message<SignalEmitted>) => Promise<unknown>;
  readonly observe: (signal: SignalEmitted, judgedInSeconds: number) => void;
}

export interface SeriesStatus {
  readonly symbol: TradingSymbol;
  readonly interval: Interval;
  readonly lastOpenTime: UnixMs | null;
  readonly state: string;
}

/** Older news than one interval is history: nobody can act on it, so it gets no signal. */
export const isFresh = ({ time, candle }: Pick<ReceivedCandle, 'time' | 'candle'>): boolean =>
  time - candle.closeTime < intervalMs[candle.interval];

/** Gives every fresh candle exactly one signal. Candles may come in any order and more than once. */
export class Predictor {
  readonly #options: PredictorOptions;
  readonly #series = new Map<string, { series: Series; newest: CandleClosed; turn: Promise<void> }>();

  constructor(options: PredictorOptions) {
    this.#options = options;
  }

  /** Resolves when the signal is stored, or at once where none is due. One candle of a series at a time. */
  onCandle(received: ReceivedCandle): Promise<void> {
    const { candle, subject } = received;
    const known = this.#series.get(subject) ?? {
      series: this.#openSeries(subject, candle.interval),
      newest: candle,
      turn: Promise.resolve(),
    };
    this.#series.set(subject, known);
    if (candle.openTime > known.newest.openTime) known.newest = candle;
    const mine = known.turn.then(() => this.#handle(received, known.series));
    known.turn = mine.catch(() => {});
    return mine;
  }

  /** Drops what is cached of the stream: after a reconnect it may be another one, which counts from 1 again. */
  forget(): void {
    for (const [subject, known] of this.#series) known.series = this.#openSeries(subject, known.newest.interval);
  }

  #openSeries(subject: string, interval: Interval): Series {
    const keep = 2 * Math.max(windowSize, this.#options.models.dataCandles);
    return new Series(this.#options.read(subject), intervalMs[interval], keep);
  }

  status(): SeriesStatus[] {
    return [...this.#series.values()].map(({ newest: { symbol, interval, openTime } }) => ({
      symbol,
      interval,
      lastOpenTime: openTime,
      state: this.#options.models.stateOf(symbol, interval),
    }));
  }

  async #handle(received: ReceivedCandle, series: Series): Promise<void> {
    const { candle, sequence, time, correlationId, id } = received;
    series.note({ bar: barOf(candle), sequence });
    if (!isFresh(received)) return;
    const { symbol, interval, openTime, closeTime } = candle;
    const newest = async (upTo: number, count: number): Promise<readonly Bar[]> =>
      (await series.find({ openTime: upTo, sequence, count })).bars;
    const model = await this.#options.models.modelFor({
      symbol,
      interval,
      openTime,
      closeTime,
      provenance: { correlationId, causationId: id, service: 'predictor' },
      newest,
    });
    const began = performance.now();
    const { cause, judgement } = judge(model, await series.find({ openTime, sequence, count: windowSize }));
    const signal: SignalEmitted = {
      signalId: signalId(symbol, interval, openTime, model?.id ?? noModel),
      symbol,
      interval,
      openTime,
      closeTime,
      price: candle.close,
      ...judgement,
      modelId: model?.id ?? noModel,
      modelType: model?.type ?? this.#options.models.type,
      cause,
    };
    this.#options.observe(signal, (performance.now() - began) / 1000);
    await this.#options.publish({
      id: signal.signalId,
      definition: SignalEmitted,
      source: 'predictor',
      time,
      subject: subjects.signal(symbol, interval),
      correlationId,
      causationId: id,
      data: signal,
    });
  }
}

/** Stands where a signal names its model and there was none. */
const noModel = 'none';
const undecided = judgementOf(0.5);

const judge = (
  model: Model | null,
  window: Awaited<ReturnType<Series['find']>>,
): { cause: SignalCause; judgement: Judgement } => {
  if (window.kind === 'gap') return { cause: 'gap-in-window', judgement: undecided };
  if (window.kind === 'too-few') return { cause: 'warm-up', judgement: undecided };
  if (!model) return { cause: 'no-model', judgement: undecided };
  return { cause: 'model', judgement: model.judge(window.bars) };
};
