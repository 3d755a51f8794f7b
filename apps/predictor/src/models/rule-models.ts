import type { Rule } from '@bot-core/features';
import type { ModelSource } from './source.ts';

/** A rule needs no training and is the same for every symbol. */
export const ruleModels = (rule: Rule): ModelSource => {
  const model = { ...rule, trainedUpTo: 0 };
  return {
    type: rule.type,
    dataCandles: 0,
    restore: async () => {},
    modelFor: async () => model,
    stateOf: () => `ready: ${rule.id}`,
  };
};
