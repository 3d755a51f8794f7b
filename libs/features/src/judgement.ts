import type { Direction } from '@bot-core/events';

/** What a model or a rule thinks of the future of a symbol at the end of a window. */
export interface Judgement {
  readonly direction: Direction;
  /** Of a rise, 0 to 1, rounded to 6 decimals. */
  readonly probability: number;
  /** 0 to 100, rounded to 2 decimals. */
  readonly confidence: number;
}

/** Below this confidence nothing is asked for. */
const neutralBelow = 25;

/** The plain scale: 0 at a probability of one half, 100 at certainty. */
export const distanceFromUndecided = (probability: number): number => Math.abs(probability - 0.5) * 200;

/** @param confidence by another scale than the plain one, 0 to 100 */
export const judgementOf = (probability: number, confidence = distanceFromUndecided(probability)): Judgement => {
  const rounded = { probability: round(probability, 6), confidence: round(confidence, 2) };
  if (confidence < neutralBelow || rounded.probability === 0.5) return { direction: 'neutral', ...rounded };
  return { direction: probability > 0.5 ? 'long' : 'short', ...rounded };
};

const round = (value: number, decimals: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals;

/** Maps a score to 0..1; a half at 0. */
export const logistic = (score: number): number => 1 / (1 + Math.exp(-score));
