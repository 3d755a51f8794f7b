import { Decimal as DecimalJs } from 'decimal.js';
import type { Amount, Price, Quantity } from '@bot-core/events';

/** 60 significant digits: sums and products of money are exact, only quotients are rounded (half even, at the 60th digit). */
export const Decimal = DecimalJs.clone({
  precision: 60,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -40,
  toExpPos: 40,
});
export type Decimal = DecimalJs;

export const zero: Decimal = new Decimal(0);
export const dec = (value: string | number): Decimal => new Decimal(value);

/** Decimal places kept of a quotient (an average price, an allotted cost): more than any exchange quotes. */
const quotientPlaces = 18;

const text = (value: Decimal): string => value.toFixed();
export const asAmount = (value: Decimal): Amount => text(value) as Amount;
export const asQuantity = (value: Decimal): Quantity => text(value) as Quantity;
export const asPrice = (value: Decimal): Price => text(value) as Price;

/** `a / b`, cut to 18 decimal places. */
export const quotient = (a: Decimal, b: Decimal): Decimal =>
  a.div(b).toDecimalPlaces(quotientPlaces, DecimalJs.ROUND_HALF_EVEN);

/** The largest multiple of `step` that is not above `value`. */
export const floorTo = (value: Decimal, step: Decimal): Decimal => value.div(step).floor().times(step);
/** The smallest multiple of `step` that is not below `value`. */
export const ceilTo = (value: Decimal, step: Decimal): Decimal => value.div(step).ceil().times(step);

export const sum = (values: Iterable<Decimal>): Decimal => {
  let total = zero;
  for (const value of values) total = total.plus(value);
  return total;
};
