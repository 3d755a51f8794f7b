import { bps } from '../filters/check.ts';
import { ceilTo, type Dec, floorTo, zero } from '../decimal.ts';
import type { Market, Side } from './types.ts';

/** What stands on the book around the last price. */
export interface BookModel {
  /** Distance from best bid to best ask, in bps of the last price. */
  readonly spreadBps: number;
  /** Without it the best price has room for any order. */
  readonly depth?: {
    /** Base asset at each price level. */
    readonly quantity: Dec;
    /** Distance between two levels, in bps of the best price; at least one tick. */
    readonly stepBps: number;
  };
}

export interface Take {
  readonly price: Dec;
  readonly quantity: Dec;
}

/** Best prices, rounded to the tick against whoever takes. */
export const quoteOf = (market: Market, model: BookModel): { bid: Dec; ask: Dec } => {
  const half = market.last.times(bps(model.spreadBps)).div(2);
  const tick = market.rules.tickSize;
  const bid = floorTo(market.last.minus(half), tick);
  return { bid: bid.gt(0) ? bid : tick, ask: ceilTo(market.last.plus(half), tick) };
};

/** The book's `level`-th price that an order of this side takes from, 0 being the best; undefined below the first tick. */
export const levelPrice = (market: Market, model: BookModel, side: Side, level: number): Dec | undefined => {
  const { bid, ask } = quoteOf(market, model);
  const best = side === 'BUY' ? ask : bid;
  if (level === 0 || !model.depth) return level === 0 ? best : undefined;
  const tick = market.rules.tickSize;
  const step = ceilTo(best.times(bps(model.depth.stepBps)), tick);
  const apart = (step.isZero() ? tick : step).times(level);
  const price = side === 'BUY' ? best.plus(apart) : best.minus(apart);
  return price.gt(0) ? price : undefined;
};

/** What an order would take now: level by level up to its limit. The book is full again for the next order. */
export const takesOf = (market: Market, model: BookModel, side: Side, quantity: Dec, limit?: Dec): readonly Take[] => {
  const takes: Take[] = [];
  let left = quantity;
  for (let level = 0; left.gt(0); level += 1) {
    const price = levelPrice(market, model, side, level);
    if (!price || (limit && (side === 'BUY' ? price.gt(limit) : price.lt(limit)))) break;
    const room = model.depth?.quantity ?? left;
    const taken = room.lt(left) ? room : left;
    takes.push({ price, quantity: taken });
    left = left.minus(taken);
  }
  return takes;
};

/** The base quantity, in whole steps, that about `quote` buys or must be sold for. */
export const quantityForQuote = (market: Market, model: BookModel, side: Side, quote: Dec): Dec => {
  let left = quote;
  let quantity = zero;
  for (let level = 0; left.gt(0); level += 1) {
    const price = levelPrice(market, model, side, level);
    if (!price) break;
    const wanted = left.div(price);
    const room = model.depth?.quantity ?? wanted;
    const taken = room.lt(wanted) ? room : wanted;
    quantity = quantity.plus(taken);
    if (taken.eq(wanted)) break;
    left = left.minus(taken.times(price));
  }
  return floorTo(quantity, market.rules.stepSize);
};

/** Cuts a quantity into `parts` whole-step pieces, the last one taking what is left over. */
export const splitQuantity = (quantity: Dec, parts: number, step: Dec): readonly Dec[] => {
  const piece = floorTo(quantity.div(parts), step);
  if (parts <= 1 || piece.isZero()) return [quantity];
  return [...Array<Dec>(parts - 1).fill(piece), quantity.minus(piece.times(parts - 1))];
};
