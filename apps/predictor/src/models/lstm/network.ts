import type { Sequential, Tensor, Tensor3D } from '@tensorflow/tfjs';
import type { Tensorflow } from './backend.ts';
import type { Example } from './dataset.ts';
import type { Weights } from './forward.ts';

interface Shape {
  readonly sequence: number;
  readonly inputs: number;
  readonly hidden: number;
}

/** The network in tfjs. Same seed, same weights. */
export const networkOf = (tf: Tensorflow, { sequence, inputs, hidden }: Shape, seed: number): Sequential => {
  const glorot = (offset: number) => tf.initializers.glorotUniform({ seed: seed * 3 + offset });
  return tf.sequential({
    layers: [
      tf.layers.lstm({
        units: hidden,
        inputShape: [sequence, inputs],
        recurrentActivation: 'sigmoid', // tfjs's default is a piecewise approximation
        kernelInitializer: glorot(1),
        recurrentInitializer: glorot(2),
      }),
      tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: glorot(3) }),
    ],
  });
};

/** [examples, sequence, inputs]. The caller disposes it. */
export const inputsOf = (tf: Tensorflow, examples: readonly Pick<Example, 'steps'>[]): Tensor3D => {
  const [sequence, inputs] = [examples[0]?.steps.length ?? 0, examples[0]?.steps[0]?.length ?? 0];
  const values = new Float32Array(examples.length * sequence * inputs);
  examples.forEach(({ steps }, example) =>
    steps.forEach((row, step) => values.set(row, (example * sequence + step) * inputs)),
  );
  return tf.tensor3d(values, [examples.length, sequence, inputs]);
};

export const predict = (
  tf: Tensorflow,
  network: Sequential,
  examples: readonly Pick<Example, 'steps'>[],
): Float32Array => tf.tidy(() => (network.predict(inputsOf(tf, examples)) as Tensor).dataSync<'float32'>());

export const weightsOf = (network: Sequential, inputs: number, hidden: number): Weights => {
  const [kernel, recurrentKernel, bias, outputKernel, outputBias] = network
    .getWeights()
    .map((tensor) => tensor.dataSync<'float32'>().slice());
  if (!kernel || !recurrentKernel || !bias || !outputKernel || !outputBias)
    throw new Error('predictor: the network lacks weights. It was built by another version of tfjs.');
  return { inputs, hidden, kernel, recurrentKernel, bias, outputKernel, outputBias };
};

export const setWeights = (tf: Tensorflow, network: Sequential, weights: Weights): void =>
  tf.tidy(() => {
    const { inputs, hidden } = weights;
    network.setWeights([
      tf.tensor2d(weights.kernel, [inputs, 4 * hidden]),
      tf.tensor2d(weights.recurrentKernel, [hidden, 4 * hidden]),
      tf.tensor1d(weights.bias),
      tf.tensor2d(weights.outputKernel, [hidden, 1]),
      tf.tensor1d(weights.outputBias),
    ]);
  });
