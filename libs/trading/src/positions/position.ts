import type { ClientOrderId, PortfolioData, Price, TradingSymbol, UnixMs } from '@bot-core/events';
import { dec, type Decimal, quotient, zero } from '../money/decimal.ts';
import type { SymbolAssets } from '../portfolio/state.ts';

/** A long position on spot, from its first fill to its last. */
export interface Position {
  readonly positionId: string;
  readonly symbol: TradingSymbol;
  readonly signalId: string | null;
  /** Held now, base asset. */
  readonly quantity: Decimal;
  /** What the held quantity cost, quote asset, fees included. */
  readonly cost: Decimal;
  readonly entryPrice: Price;
  /** Exit fills so far: base asset sold, quote asset received before fees. */
  readonly sold: Decimal;
  readonly soldFor: Decimal;
  readonly realisedPnl: Decimal;
  /** Of all fills, valued in the quote asset. */
  readonly fees: Decimal;
  /** The protection that rests on the exchange, once it does. */
  readonly protection: {
    readonly clientOrderId: ClientOrderId;
    readonly stopPrice: Price;
    readonly takeProfitPrice: Price;
  } | null;
  /** How many protections and exits were asked for: the next one's id counts on. */
  readonly protections: number;
  readonly exits: number;
  readonly openedAt: UnixMs;
}

/** What a finished position left behind, too little to sell. */
export interface Dust {
  readonly quantity: Decimal;
  readonly cost: Decimal;
}
export const noDust: Dust = { quantity: zero, cost: zero };

type FillData = PortfolioData<'FillRecorded'>;

/** Base asset that a fill moves into (positive) or out of (negative) the account, its fee included. */
export const baseDelta = (fill: FillData, { base }: SymbolAssets): Decimal => {
  const moved = fill.side === 'BUY' ? dec(fill.quantity) : dec(fill.quantity).neg();
  return fill.feeAsset === base ? moved.minus(fill.fee) : moved;
};

/** What an entry fill adds to the cost: the quote paid and the fee, unless the fee came out of the bought base (then less is held). */
export const entryCost = (fill: FillData, { base }: SymbolAssets): Decimal =>
  fill.feeAsset === base ? dec(fill.quoteQuantity) : dec(fill.quoteQuantity).plus(fill.feeInQuote);

/** What an exit fill brings in: the quote received less the fee, unless the fee came out of the base. */
export const exitProceeds = (fill: FillData, { base }: SymbolAssets): Decimal =>
  fill.feeAsset === base ? dec(fill.quoteQuantity) : dec(fill.quoteQuantity).minus(fill.feeInQuote);

/**
 * A position after an exit fill. The cost of what went out is its share of the whole cost (average cost); the rest is
 * left by subtraction, so that Σ realised + cost still held = Σ proceeds - Σ paid, to the last digit.
 */
export const afterExitFill = (position: Position, fill: FillData, assets: SymbolAssets): Position => {
  const left = position.quantity.plus(baseDelta(fill, assets));
  const costLeft = left.isZero() ? zero : quotient(position.cost.times(left), position.quantity);
  const realised = exitProceeds(fill, assets).minus(position.cost.minus(costLeft));
  return {
    ...position,
    quantity: left,
    cost: costLeft,
    sold: position.sold.plus(fill.quantity),
    soldFor: position.soldFor.plus(fill.quoteQuantity),
    realisedPnl: position.realisedPnl.plus(realised),
    fees: position.fees.plus(fill.feeInQuote),
  };
};
