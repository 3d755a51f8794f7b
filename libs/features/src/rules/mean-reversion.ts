import { rsi14, stochasticK } from '../features/momentum.ts';
import { percentB } from '../features/volatility.ts';
import { type Rule, scoringRule } from './rule.ts';

/**
 * What has gone too far comes back: short at the upper Bollinger band with a high RSI and stochastic, long at the lower.
 * The probability is a scale of strength, not a measured frequency.
 */
export const meanReversion: Rule = scoringRule({
  type: 'mean-reversion',
  id: 'mean-reversion-v1',
  description: 'Against the Bollinger %B, RSI 14 and the stochastic K',
  features: { percentB, rsi14, stochasticK },
  score: ({ percentB, rsi14, stochasticK }) => -(2 * percentB + 2 * rsi14 + 0.8 * stochasticK),
});
