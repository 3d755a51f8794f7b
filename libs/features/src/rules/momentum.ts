import { atr14 } from '../features/volatility.ts';
import { roc24, roc6 } from '../features/momentum.ts';
import { ema21Distance, macdHistogram } from '../features/trend.ts';
import { type Rule, scoringRule } from './rule.ts';

/** A true range of nothing (a market that stood still) must not divide. */
const quiet = 1e-6;

/**
 * What has moved goes on. Each move is measured in the average true range of one candle, so that calm and wild markets
 * are judged alike; a move over n candles in its root, as for a random walk.
 * The probability is a scale of strength, not a measured frequency.
 */
export const momentum: Rule = scoringRule({
  type: 'momentum',
  id: 'momentum-v1',
  description: 'Follows moves over 6 and 24 candles, the distance from EMA 21 and the MACD histogram',
  features: { roc6, roc24, ema21Distance, macdHistogram, atr14 },
  score: ({ roc6, roc24, ema21Distance, macdHistogram, atr14 }) => {
    const range = Math.max(atr14, quiet);
    const moved = roc6 / (range * Math.sqrt(6)) + roc24 / (range * Math.sqrt(24));
    return 0.8 * moved + 0.5 * (ema21Distance / range) + 1.5 * (macdHistogram / range);
  },
});
