import { Dec, zero } from '../decimal.ts';
import type { SymbolRules } from '../filters/rules.ts';
import type { Side } from '../matching/types.ts';
import type { Balances } from './balances.ts';

export interface FeeSchedule {
  /** Of the received amount: 0.001 is 10 bps. */
  readonly maker: Dec;
  readonly taker: Dec;
  /** What is left of the rate when BNB pays: 0.75 is Binance's 25 % discount. */
  readonly bnbFactor: Dec;
}

export interface Fee {
  readonly asset: string;
  readonly amount: Dec;
}

const down = Dec.ROUND_DOWN;

/**
 * The commission of one fill, truncated to eight decimals. It is taken from the asset received, or from BNB where burning is
 * on, the price of BNB in the quote asset is known and the free BNB covers it.
 */
export const feeOf = (
  fill: { rules: SymbolRules; side: Side; quantity: Dec; quoteQuantity: Dec; isMaker: boolean },
  schedule: FeeSchedule,
  bnb: { burn: boolean; price: Dec | undefined; balances: Balances },
): Fee => {
  const rate = fill.isMaker ? schedule.maker : schedule.taker;
  const received =
    fill.side === 'BUY'
      ? { asset: fill.rules.baseAsset, amount: fill.quantity }
      : { asset: fill.rules.quoteAsset, amount: fill.quoteQuantity };
  if (rate.isZero()) return { asset: received.asset, amount: zero };
  if (bnb.burn && bnb.price?.gt(0)) {
    const inBnb = fill.quoteQuantity.times(rate).times(schedule.bnbFactor).div(bnb.price).toDecimalPlaces(8, down);
    if (bnb.balances.free('BNB').gte(inBnb)) return { asset: 'BNB', amount: inBnb };
  }
  return { asset: received.asset, amount: received.amount.times(rate).toDecimalPlaces(8, down) };
};
