import { distanceFromUndecided } from '@bot-core/features';

/** What a set of probabilities is worth beside the answers, and beside always saying the same. */
export interface Score {
  /** Mean log loss in nats; ln 2 is a coin. */
  readonly loss: number;
  /** Share of answers on the right side of one half. */
  readonly accuracy: number;
}

export const scoreOf = (probabilities: ArrayLike<number>, rose: readonly boolean[]): Score => {
  let [loss, right] = [0, 0];
  rose.forEach((answer, index) => {
    const probability = Math.min(1 - 1e-7, Math.max(1e-7, probabilities[index] ?? 0.5));
    loss -= Math.log(answer ? probability : 1 - probability);
    if (probability > 0.5 === answer) right += 1;
  });
  return { loss: loss / rose.length, accuracy: right / rose.length };
};

export const shareOf = (answers: readonly boolean[]): number => answers.filter(Boolean).length / answers.length;

/**
 * Distances from undecided at the percentiles 0 to 100 of the model's judgements on the validation range.
 * A network that knows a little says 0.52 where a rule says 0.9; on this scale both can be sure or unsure by their own measure.
 */
export const confidenceScaleOf = (probabilities: ArrayLike<number>): number[] => {
  const distances = Array.from(probabilities, distanceFromUndecided).sort((a, b) => a - b);
  return Array.from({ length: 101 }, (_, percent) => {
    const place = ((distances.length - 1) * percent) / 100;
    const [low, high] = [distances[Math.floor(place)] ?? 0, distances[Math.ceil(place)] ?? 0];
    return low + (high - low) * (place % 1);
  });
};

/** 0 to 100: the percentage of the validation range's judgements that were nearer to undecided than this one. */
export const confidenceOn = (scale: readonly number[], probability: number): number => {
  const distance = distanceFromUndecided(probability);
  const above = scale.findIndex((value) => value > distance);
  if (above < 0) return 100;
  if (above === 0) return 0;
  const [low, high] = [scale[above - 1] ?? 0, scale[above] ?? 0];
  return above - 1 + (distance - low) / (high - low);
};
