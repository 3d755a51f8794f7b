import type { Amount, Asset, Price } from '@bot-core/events';
import { asAmount, dec } from '@bot-core/trading';

/** What a symbol trades: `base` for `quote`. */
export interface Pair {
  readonly base: Asset;
  readonly quote: Asset;
}

/** The price of `asset` in `quote` now; undefined when the exchange has no market for it. */
export type PriceOf = (asset: Asset, quote: Asset) => Promise<Price | undefined>;

/** A fee in base asset is worth what was paid for it; in quote it is worth itself; in a third asset somebody has to ask. */
export const valueFee = (fee: Amount, feeAsset: Asset, price: Price, pair: Pair): Amount | undefined => {
  if (feeAsset === pair.quote || dec(fee).isZero()) return fee;
  if (feeAsset === pair.base) return asAmount(dec(fee).times(price));
  return undefined;
};

export const valueAt = (fee: Amount, price: Price): Amount => asAmount(dec(fee).times(price));
