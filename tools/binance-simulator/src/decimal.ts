import { Decimal } from 'decimal.js';

/** Exact within 40 significant digits, never in exponent notation. */
export const Dec = Decimal.clone({ precision: 40, toExpNeg: -40, toExpPos: 40 });
export type Dec = Decimal;

export const dec = (value: Decimal.Value): Dec => new Dec(value);
export const zero = dec(0);
export const max = (a: Dec, b: Dec): Dec => (a.gte(b) ? a : b);

/** Eight decimals, as Binance prints every price, quantity and amount. */
export const fixed8 = (value: Dec): string => value.toFixed(8);

/** Rounds down (towards zero) to a multiple of `step`; a zero step leaves the value alone. */
export const floorTo = (value: Dec, step: Dec): Dec => (step.isZero() ? value : value.div(step).floor().times(step));
export const ceilTo = (value: Dec, step: Dec): Dec => (step.isZero() ? value : value.div(step).ceil().times(step));
export const isMultiple = (value: Dec, step: Dec): boolean => step.isZero() || value.mod(step).isZero();
