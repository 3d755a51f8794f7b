export * from './money/decimal.ts';
export type * from './orders/rules.ts';
