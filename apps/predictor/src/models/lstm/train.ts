import { setImmediate as breathe } from 'node:timers/promises';
import type { Bar, Normalisation } from '@bot-core/features';
import type { Sequential } from '@tensorflow/tfjs';
import type { Tensorflow } from './backend.ts';
import { datasetOf, type Example } from './dataset.ts';
import type { Weights } from './forward.ts';
import type { Hyperparameters } from './hyperparameters.ts';
import { confidenceScaleOf, scoreOf, shareOf } from './metrics.ts';
import { inputsOf, networkOf, predict, weightsOf } from './network.ts';
import { randomOf, shuffled } from './random.ts';

export interface Trained {
  readonly weights: Weights;
  readonly normalisation: Normalisation;
  /** See `confidenceScaleOf`; null where the model was no better than the baseline: then the plain scale holds. */
  readonly confidenceScale: readonly number[] | null;
  /** On the validation range unless the name says otherwise. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Trains a network on `bars` (oldest first, no hole). The same bars, settings, seed and tfjs backend give the same
 * weights to the last bit. Lets the event loop turn after each batch.
 * @throws the signal's reason when it is aborted
 */
export const train = async (
  bars: readonly Bar[],
  hyperparameters: Hyperparameters,
  seed: number,
  { tf, signal }: { tf: Tensorflow; signal: AbortSignal },
): Promise<Trained> => {
  const { training, validation, normalisation } = datasetOf(bars, hyperparameters);
  const { sequence, hidden, learningRate, maxEpochs, patience } = hyperparameters;
  const inputs = normalisation.mean.length;
  const network = networkOf(tf, { sequence, inputs, hidden }, seed);
  network.compile({ optimizer: tf.train.adam(learningRate), loss: 'binaryCrossentropy' });
  const answers = validation.map(({ rose }) => rose);
  const random = randomOf(seed);
  let best = {
    epoch: 0,
    loss: Infinity,
    probabilities: new Float32Array() as Float32Array,
    weights: weightsOf(network, inputs, hidden),
  };
  try {
    for (let epoch = 1; epoch <= maxEpochs && epoch - best.epoch <= patience; epoch += 1) {
      await trainEpoch(network, shuffled(training, random), hyperparameters.batchSize, { tf, signal });
      const probabilities = predict(tf, network, validation);
      const { loss } = scoreOf(probabilities, answers);
      if (loss < best.loss) best = { epoch, loss, probabilities, weights: weightsOf(network, inputs, hidden) };
    }
  } finally {
    network.dispose();
    network.optimizer.dispose();
  }
  if (best.epoch === 0) throw new Error('predictor: training diverged: no epoch gave a finite loss. Use another SEED.');
  const { loss, accuracy } = scoreOf(best.probabilities, answers);
  const riseShare = shareOf(training.map(({ rose }) => rose));
  const baseline = scoreOf(new Float64Array(answers.length).fill(riseShare), answers);
  return {
    weights: best.weights,
    normalisation,
    confidenceScale: loss < baseline.loss ? confidenceScaleOf(best.probabilities) : null,
    metrics: {
      loss,
      accuracy,
      baselineLoss: baseline.loss,
      baselineAccuracy: baseline.accuracy,
      riseShare: shareOf(answers),
      windows: validation.length,
      trainingRiseShare: riseShare,
      trainingWindows: training.length,
      bestEpoch: best.epoch,
    },
  };
};

const trainEpoch = async (
  network: Sequential,
  examples: readonly Example[],
  batchSize: number,
  { tf, signal }: { tf: Tensorflow; signal: AbortSignal },
): Promise<void> => {
  for (let start = 0; start < examples.length; start += batchSize) {
    signal.throwIfAborted();
    const batch = examples.slice(start, start + batchSize);
    const inputs = inputsOf(tf, batch);
    const answers = tf.tensor2d(
      batch.map(({ rose }) => Number(rose)),
      [batch.length, 1],
    );
    await network.trainOnBatch(inputs, answers);
    tf.dispose([inputs, answers]);
    await breathe();
  }
};
