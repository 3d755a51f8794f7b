export * from './bar.ts';
export type * from './feature.ts';
export * from './features/index.ts';
export * from './judgement.ts';
export * from './matrix.ts';
export * from './normalisation.ts';
export * from './rules/index.ts';
export type { Rule } from './rules/rule.ts';
export * from './window.ts';
