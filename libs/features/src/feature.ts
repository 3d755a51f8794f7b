import type { Bar } from './bar.ts';

/** One number per candle that a model or a rule may look at. */
export interface Feature {
  readonly name: string;
  /** Formula and unit. */
  readonly description: string;
  /** How many candles, the last one included, a value needs. */
  readonly warmUp: number;
  /**
   * `rolling`: a value depends on its last `warmUp` candles only.
   * `recursive`: a value depends on every candle given, the older the less; hence a window of fixed length (`windowSize`).
   */
  readonly memory: 'rolling' | 'recursive';
  /** One value per bar; NaN during warm-up. A value at t depends on bars up to t. */
  readonly compute: (bars: readonly Bar[]) => number[];
}

/** Something that is fed bar after bar and answers null while it warms up, as trading-signals' indicators do. */
export interface Stream<Input, Result> {
  update(input: Input, replace: boolean): Result | null;
}

/** Feeds `bars` through a fresh indicator; `value` turns its result at a bar into the feature. */
export const streamed =
  <Input, Result>(
    open: () => Stream<Input, Result>,
    input: (bar: Bar) => Input,
    value: (result: Result, bar: Bar) => number,
    warmUp: number,
  ) =>
  (bars: readonly Bar[]): number[] => {
    const stream = open();
    return bars.map((bar, index) => {
      const result = stream.update(input(bar), false);
      return result === null || index + 1 < warmUp ? Number.NaN : value(result, bar);
    });
  };

export const closeOf = (bar: Bar): number => bar.close;
