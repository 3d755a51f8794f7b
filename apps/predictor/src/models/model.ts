import type { Bar, Judgement } from '@bot-core/features';

/** Anything that can judge a window: a rule or a trained network. */
export interface Model {
  readonly id: string;
  /** lstm, momentum, mean-reversion. */
  readonly type: string;
  /** It may not judge candles up to this openTime: it has seen them. */
  readonly trainedUpTo: number;
  /** @param window exactly `windowSize` bars without a hole, oldest first */
  readonly judge: (window: readonly Bar[]) => Judgement;
}
