import { modelFeatures, windowSize } from '@bot-core/features';

export interface Hyperparameters {
  /** Steps the network sees: the newest rows of a window. */
  readonly sequence: number;
  readonly hidden: number;
  /** The label: is the close this many candles later higher than now? */
  readonly horizon: number;
  /** Newest share of the windows, kept for validation. */
  readonly validationShare: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly maxEpochs: number;
  /** Epochs without a better validation loss after which training stops. */
  readonly patience: number;
}

export const defaults: Hyperparameters = {
  sequence: 100,
  hidden: 16,
  horizon: 12,
  validationShare: 0.2,
  batchSize: 64,
  learningRate: 0.003,
  maxEpochs: 12,
  patience: 3,
};

/** Everything but data and seed that a trained network depends on, as one text. Raise the version when the code changes what it does. */
export const recipeOf = (hyperparameters: Hyperparameters): string =>
  JSON.stringify({ version: 1, windowSize, features: modelFeatures.map(({ name }) => name), ...hyperparameters });
