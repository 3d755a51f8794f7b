import {
  type Bar,
  featureMatrix,
  fitNormalisation,
  type Normalisation,
  normalise,
  windowSize,
} from '@bot-core/features';
import type { Hyperparameters } from './hyperparameters.ts';

/** One window with its answer. */
export interface Example {
  /** openTime of the window's last candle. */
  readonly openTime: number;
  /** `sequence` normalised rows, oldest first. */
  readonly steps: readonly (readonly number[])[];
  /** Whether the close `horizon` candles later was higher. */
  readonly rose: boolean;
}

export interface Dataset {
  readonly training: readonly Example[];
  /** Later than the training range, with `horizon` windows between left out: their answers lie in the validation range. */
  readonly validation: readonly Example[];
  /** Fitted on the training range. */
  readonly normalisation: Normalisation;
}

/** Windows that `candles` candles give. */
export const windowsIn = (candles: number, { horizon }: Pick<Hyperparameters, 'horizon'>): number =>
  Math.max(0, candles - windowSize - horizon + 1);

/**
 * Every window is computed as it will be when a signal is made: from its own last `windowSize` candles.
 * @param bars oldest first, without a hole
 */
export const datasetOf = (bars: readonly Bar[], hyperparameters: Hyperparameters): Dataset => {
  const { sequence, horizon, validationShare } = hyperparameters;
  const raw = Array.from({ length: windowsIn(bars.length, hyperparameters) }, (_, start) => {
    const window = bars.slice(start, start + windowSize);
    const [now, then] = [window.at(-1), bars[start + windowSize - 1 + horizon]];
    if (!now || !then) throw new RangeError(`predictor: window ${start} of ${bars.length} candles has no answer.`);
    return {
      openTime: now.openTime,
      steps: featureMatrix(window, { last: sequence }).rows,
      rose: then.close > now.close,
    };
  });
  const cut = raw.length - Math.round(raw.length * validationShare);
  const training = raw.slice(0, Math.max(0, cut - horizon));
  const normalisation = fitNormalisation(training.flatMap(({ steps }) => steps.slice(-1)));
  const scaled = (examples: typeof raw): Example[] =>
    examples.map((example) => ({ ...example, steps: example.steps.map((row) => normalise(row, normalisation)) }));
  return { training: scaled(training), validation: scaled(raw.slice(cut)), normalisation };
};
