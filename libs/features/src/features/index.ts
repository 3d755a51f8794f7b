import type { Feature } from '../feature.ts';
import { body, hourCos, hourSin } from './bar-shape.ts';
import { logReturn, roc24, roc6, rsi14, stochasticK, stochasticSpread } from './momentum.ts';
import { ema21Distance, ema50Distance, ema9Distance, macdHistogram } from './trend.ts';
import { atr14, bandWidth, percentB, realisedVolatility } from './volatility.ts';
import { volumeRatio } from './volume.ts';

/** What a trained model looks at, in the order of its input columns. A change here makes new models. */
export const modelFeatures: readonly Feature[] = [
  logReturn,
  roc6,
  roc24,
  rsi14,
  stochasticK,
  stochasticSpread,
  ema9Distance,
  ema21Distance,
  ema50Distance,
  macdHistogram,
  percentB,
  bandWidth,
  atr14,
  realisedVolatility,
  volumeRatio,
  body,
  hourSin,
  hourCos,
];
