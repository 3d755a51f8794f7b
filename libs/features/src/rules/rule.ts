import type { Bar } from '../bar.ts';
import type { Feature } from '../feature.ts';
import { type Judgement, judgementOf, logistic } from '../judgement.ts';
import { featureMatrix } from '../matrix.ts';

/** A hand-written model: nothing is learned, nothing is random. */
export interface Rule {
  readonly type: 'momentum' | 'mean-reversion';
  /** Names the rule and its version; a changed formula gets another. */
  readonly id: string;
  readonly description: string;
  /** @param window exactly `windowSize` bars without a hole, oldest first */
  readonly judge: (window: readonly Bar[]) => Judgement;
}

/** A rule that squeezes a weighted sum of features at the last bar into a probability. */
export const scoringRule = <Name extends string>(
  rule: Omit<Rule, 'judge'> & {
    readonly features: Readonly<Record<Name, Feature>>;
    readonly score: (values: Readonly<Record<Name, number>>) => number;
  },
): Rule => {
  const names = Object.keys(rule.features) as Name[];
  const features = names.map((name) => rule.features[name]);
  return {
    type: rule.type,
    id: rule.id,
    description: rule.description,
    judge: (window) => {
      const row = featureMatrix(window, { features, last: 1 }).rows[0];
      if (!row) throw new RangeError(`features: ${rule.id} was given ${window.length} candles, which is too few.`);
      const values = Object.fromEntries(names.map((name, index) => [name, row[index]])) as Record<Name, number>;
      return judgementOf(logistic(rule.score(values)));
    },
  };
};
