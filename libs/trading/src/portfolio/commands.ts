import type {
  Balance,
  ClientOrderId,
  SignalEmitted,
  TradingConfig,
  TradingSymbol,
  UnixMs,
  Amount,
  Asset,
  Price,
  Quantity,
  Side,
} from '@bot-core/events';
import type { SymbolRules } from '../orders/rules.ts';

/** One match, as the exchange tells it. Two with one trade id in one symbol are one. */
export interface ObservedFill {
  readonly tradeId: string;
  /** Which leg of an order list; null for a plain order. */
  readonly leg: 'take-profit' | 'stop-loss' | null;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly quoteQuantity: Amount;
  readonly fee: Amount;
  readonly feeAsset: Asset;
  /** The fee valued in the symbol's quote asset, at the fill's price or the fee asset's price then. */
  readonly feeInQuote: Amount;
  readonly at: UnixMs;
}

/** An order, or an order list as one order, as the exchange knows it: all its fills, by trade id, and where it stands. */
export interface ObservedOrder {
  /** Of the order, or of the order list. */
  readonly exchangeOrderId: string;
  readonly status: 'open' | 'filled' | 'canceled' | 'expired';
  readonly fills: readonly ObservedFill[];
  readonly at: UnixMs;
}

interface Operator {
  readonly requestId: string;
  readonly by: string;
  readonly at: UnixMs;
}
interface ForOrder {
  readonly clientOrderId: ClientOrderId;
  readonly at: UnixMs;
}

/** What the portfolio can be asked. `at` is the exchange's time; the core has no clock of its own. */
export type PortfolioCommand =
  | ({ readonly type: 'StartBot' } & Operator)
  | ({ readonly type: 'StopBot' } & Operator)
  | ({ readonly type: 'ChangeConfig'; readonly config: TradingConfig } & Operator)
  | ({ readonly type: 'ClosePosition'; readonly symbol: TradingSymbol; readonly rules: SymbolRules } & Operator)
  | { readonly type: 'ObserveBalances'; readonly balances: readonly Balance[]; readonly at: UnixMs }
  | {
      readonly type: 'ConsiderSignal';
      readonly signal: SignalEmitted;
      readonly rules: SymbolRules;
      readonly at: UnixMs;
    }
  /** The sender takes the order; refused (no events) unless it is to be sent now. */
  | ({ readonly type: 'ClaimOrder'; readonly claimant: string } & ForOrder)
  | ({
      readonly type: 'RecordRejection';
      readonly code: number;
      readonly message: string;
      readonly rules: SymbolRules;
    } & ForOrder)
  /** A submit answer, a query or a cancel answer: complete. */
  | ({ readonly type: 'ObserveOrder'; readonly order: ObservedOrder; readonly rules: SymbolRules } & ForOrder)
  /** A report of the user-data stream: one fill, maybe out of order. `clientOrderId` may be that of a leg. */
  | ({
      readonly type: 'ObserveFill';
      readonly exchangeOrderId: string;
      readonly fill: ObservedFill;
      readonly rules: SymbolRules;
    } & ForOrder)
  /** The exchange does not know the order, asked after no copy of it could still arrive. */
  | ({ readonly type: 'ReleaseOrder' } & ForOrder);
