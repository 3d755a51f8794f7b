import { windowSize } from '@bot-core/features';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend, type Tensorflow } from '../src/models/lstm/backend.ts';
import { datasetOf } from '../src/models/lstm/dataset.ts';
import { forward } from '../src/models/lstm/forward.ts';
import { defaults } from '../src/models/lstm/hyperparameters.ts';
import { confidenceOn, confidenceScaleOf, scoreOf } from '../src/models/lstm/metrics.ts';
import { networkOf, predict, weightsOf } from '../src/models/lstm/network.ts';
import { randomOf, shuffled } from '../src/models/lstm/random.ts';
import { train } from '../src/models/lstm/train.ts';
import { hourMs, walk } from './market.ts';

const small = { ...defaults, sequence: 20, hidden: 6, maxEpochs: 2 };
const { signal } = new AbortController();
let shell: { tf: Tensorflow; signal: AbortSignal };

beforeAll(async () => {
  shell = { tf: (await chooseBackend()).tf, signal };
});

describe('the data of a training', () => {
  const bars = walk(500);
  const { training, validation } = datasetOf(bars, small);
  const closeAt = (openTime: number) => bars[openTime / hourMs]?.close ?? Number.NaN;

  it('answers each window by the close a horizon later, and has one for every window that can be answered', () => {
    for (const { openTime, rose, steps } of [...training, ...validation]) {
      expect(rose).toBe(closeAt(openTime + small.horizon * hourMs) > closeAt(openTime));
      expect(steps).toHaveLength(small.sequence);
    }
    expect(training[0]?.openTime).toBe((windowSize - 1) * hourMs);
    expect(validation.at(-1)?.openTime).toBe((500 - 1 - small.horizon) * hourMs);
  });

  it('validates on later windows than it trains on, with a gap as long as an answer takes', () => {
    const [last, first] = [training.at(-1)?.openTime ?? 0, validation[0]?.openTime ?? 0];
    expect((first - last) / hourMs).toBe(small.horizon + 1);
  });

  it('fits its normalisation on the training range only', () => {
    const cut = (validation[0]?.openTime ?? 0) / hourMs;
    const changed = bars.map((bar, hour) => (hour < cut ? bar : { ...bar, volume: bar.volume * 50, close: bar.high }));
    expect(datasetOf(changed, small).normalisation).toEqual(datasetOf(bars, small).normalisation);
  });
});

describe('training', () => {
  it('gives the same weights, to the last bit, for the same data and seed; others for another seed; leaks no tensor', async () => {
    const bars = walk(330);
    const before = shell.tf.memory().numTensors;
    const [first, again, other] = [
      await train(bars, small, 1, shell),
      await train(bars, small, 1, shell),
      await train(bars, small, 2, shell),
    ];
    expect(again).toEqual(first);
    expect(other.weights.kernel).not.toEqual(first.weights.kernel);
    expect(shell.tf.memory().numTensors).toBe(before);
  });

  it('reports the validation range beside the baseline that always says the same', async () => {
    const { metrics } = await train(walk(330), small, 1, shell);
    expect(metrics).toMatchObject({ windows: expect.any(Number), baselineLoss: expect.any(Number) });
    expect(metrics['baselineAccuracy']).toBeCloseTo(
      Math.max(metrics['riseShare'] ?? 0, 1 - (metrics['riseShare'] ?? 0)),
      0,
    );
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it('learns what can be learned: on a market of waves it beats the baseline', async () => {
    const { metrics, confidenceScale } = await train(walk(450), { ...small, maxEpochs: 6 }, 1, shell);
    expect(metrics['loss']).toBeLessThan(metrics['baselineLoss'] ?? 0);
    expect(metrics['accuracy']).toBeGreaterThan(0.7);
    expect(confidenceScale).toHaveLength(101);
  });

  it('ends when it is told to', async () => {
    await expect(
      train(walk(330), small, 1, { ...shell, signal: AbortSignal.abort(new Error('stopping')) }),
    ).rejects.toThrow('stopping');
  });
});

describe('the plain arithmetic of the network', () => {
  it('gives what tfjs gives', () => {
    const shape = { sequence: 15, inputs: 4, hidden: 5 };
    const network = networkOf(shell.tf, shape, 3);
    const random = randomOf(5);
    const examples = Array.from({ length: 20 }, () => ({
      steps: Array.from({ length: 15 }, () => Array.from({ length: 4 }, () => 6 * random() - 3)),
    }));
    const expected = predict(shell.tf, network, examples);
    const weights = weightsOf(network, shape.inputs, shape.hidden);
    examples.forEach(({ steps }, index) =>
      expect(forward(steps, weights)).toBeCloseTo(expected[index] ?? Number.NaN, 5),
    );
    network.dispose();
  });
});

describe('the scales', () => {
  it('score a coin at ln 2 and a sure wrong answer dearly', () => {
    expect(scoreOf([0.5, 0.5], [true, false]).loss).toBeCloseTo(Math.LN2, 12);
    expect(scoreOf([0.9, 0.1], [true, false])).toEqual({ loss: expect.closeTo(-Math.log(0.9), 12), accuracy: 1 });
    expect(scoreOf([0], [true]).loss).toBeGreaterThan(16);
  });

  it('rank a probability among the judgements of the validation range', () => {
    const scale = confidenceScaleOf([0.5, 0.51, 0.49, 0.52, 0.47]);
    expect(confidenceOn(scale, 0.5)).toBe(0);
    expect(confidenceOn(scale, 0.8)).toBe(100);
    expect(confidenceOn(scale, 0.48)).toBeCloseTo(75, 6);
    expect(confidenceOn(scale, 0.525)).toBeGreaterThan(75);
  });
});

describe('the random numbers', () => {
  it('follow from the seed, and shuffling loses nothing', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffled(items, randomOf(1))).toEqual(shuffled(items, randomOf(1)));
    expect(shuffled(items, randomOf(1))).not.toEqual(items);
    expect(shuffled(items, randomOf(1)).toSorted((a, b) => a - b)).toEqual(items);
  });
});
