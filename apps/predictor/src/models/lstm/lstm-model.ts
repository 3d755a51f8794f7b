import { featureMatrix, judgementOf, modelFeatures, normalise } from '@bot-core/features';
import type { Model } from '../model.ts';
import type { Artifact } from './artifact.ts';
import type { Tensorflow } from './backend.ts';
import { forward } from './forward.ts';
import { confidenceOn } from './metrics.ts';
import { networkOf, predict, setWeights } from './network.ts';

/**
 * A trained network as a model. @throws {Error} when it was made for other features, or when its plain arithmetic and
 * tfjs disagree.
 */
export const lstmModel = (tf: Tensorflow, artifact: Artifact): Model => {
  const { card, weights } = artifact;
  const names = modelFeatures.map(({ name }) => name);
  if (card.features.join() !== names.join())
    throw new Error(
      `predictor: model ${card.modelId} looks at ${card.features.join(', ')}; this build computes ${names.join(', ')}. ` +
        'Remove its folder to train a new one, or run the build it was made with.',
    );
  agreesWithTfjs(tf, artifact);
  return {
    id: card.modelId,
    type: card.type,
    trainedUpTo: card.data.lastOpenTime,
    judge: (window) => {
      const { rows } = featureMatrix(window, { last: card.shape.sequence });
      const steps = rows.map((row) => normalise(row, card.normalisation));
      const probability = forward(steps, weights);
      const { confidenceScale } = card;
      return confidenceScale
        ? judgementOf(probability, confidenceOn(confidenceScale, probability))
        : judgementOf(probability);
    },
  };
};

const tolerance = 1e-4;

const agreesWithTfjs = (tf: Tensorflow, { card, weights }: Artifact): void => {
  const probes = [0.3, 1, 2.5].map((amplitude) => ({
    steps: Array.from({ length: card.shape.sequence }, (_, step) =>
      Array.from({ length: card.shape.inputs }, (_, input) => amplitude * Math.sin(step * 0.37 + input)),
    ),
  }));
  const network = networkOf(tf, card.shape, card.seed);
  setWeights(tf, network, weights);
  const expected = predict(tf, network, probes);
  network.dispose();
  const worst = Math.max(
    ...probes.map(({ steps }, index) => Math.abs(forward(steps, weights) - (expected[index] ?? NaN))),
  );
  if (!(worst <= tolerance))
    throw new Error(
      `predictor: model ${card.modelId} gives other probabilities here than in tfjs (by ${worst}, allowed ${tolerance}). ` +
        'Its weights or tfjs changed their layout; it is not used.',
    );
};
