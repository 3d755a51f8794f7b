import { meanReversion } from './mean-reversion.ts';
import { momentum } from './momentum.ts';
import type { Rule } from './rule.ts';

export const rules: Readonly<Record<Rule['type'], Rule>> = { momentum, 'mean-reversion': meanReversion };
