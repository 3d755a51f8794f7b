import type {
  Amount,
  BalanceRow,
  BotStatusRow,
  ClientOrderId,
  DecisionRow,
  EquityRow,
  OrderRow,
  PositionRow,
  SignalRow,
  TradeRow,
} from '@bot-core/events';

/** What is stored: the rows of the contract, and what the projections need beside them. */

/** Revision in `portfolio-<botId>` of the event that the row began with: the order of rows. */
interface Begun {
  readonly revision: number;
}
export type OrderRecord = OrderRow & Begun;
export type TradeRecord = TradeRow & Begun;
export type PositionRecord = Omit<PositionRow, 'unrealisedPnl'> &
  Begun & {
    /** Of all entry fills, quote asset, fees included; `cost` is that of what is still held, until the position is closed. */
    readonly paid: Amount;
    /** The protection that `stopPrice` and `takeProfitPrice` belong to. */
    readonly protectedBy: ClientOrderId | null;
  };
export type { BalanceRow, BotStatusRow, DecisionRow, EquityRow, SignalRow };
