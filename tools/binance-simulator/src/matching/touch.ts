import type { Dec } from '../decimal.ts';
import { stopWaitsForRise } from './admit.ts';
import { isStop, type Order } from './types.ts';

/** How the price gets from one path point to the next. */
export type Move = 'walk' | 'jump';

/** Does this order wait for the price to rise to its level (or to fall to it)? */
const waitsForRise = (order: Readonly<Order>): boolean => {
  if (order.working || !isStop(order.type)) return order.side === 'SELL';
  return stopWaitsForRise(order);
};

/** The price an open order waits for: its stop price until triggered, its limit price after. */
export const levelOf = (order: Readonly<Order>): Dec =>
  order.working || !isStop(order.type) ? order.price : order.stopPrice;

/**
 * Where, on the way from `from` to `to`, the market reaches an open order; undefined when it does not.
 *
 * A walk prints every price after `from` up to and including `to`; a jump (a bar opening away from the last close) prints
 * `to` alone. A level already behind the price is reached by the first print.
 */
export const touchPrice = (order: Readonly<Order>, from: Dec, to: Dec, move: Move): Dec | undefined => {
  const level = levelOf(order);
  const rise = waitsForRise(order);
  const beyond = (price: Dec) => (rise ? price.gte(level) : price.lte(level));
  if (move === 'jump') return beyond(to) ? to : undefined;
  if (from.eq(to)) return undefined;
  if (to.gt(from) === rise) return beyond(to) ? (beyond(from) ? from : level) : undefined;
  return beyond(from) && !from.eq(level) ? from : undefined;
};
