import { z } from 'zod';
import { RejectionReason } from './ledger/decision.ts';
import { TradingConfig } from './ledger/config.ts';
import { ExitReason, OrderPurpose } from './ledger/portfolio.ts';
import { Direction, SignalCause } from './signal.ts';
import { type DataOf, messageDefinition } from './message.ts';
import {
  Amount,
  Asset,
  ClientOrderId,
  Interval,
  Price,
  Quantity,
  Side,
  TradingSymbol,
  UnixMs,
  Uuid,
} from './values.ts';

/** The rows of the read models, as the projector answers them. */

export const PositionRow = z.strictObject({
  positionId: Uuid,
  symbol: TradingSymbol,
  status: z.enum(['open', 'closed']),
  quantity: Quantity.describe('Held, base asset'),
  entryPrice: Price.describe('Average price of the entry fills'),
  cost: Amount.describe(
    'Quote asset, fees included: of what is still held while open, of all that was bought once closed',
  ),
  stopPrice: Price.nullable().describe('Resting on the exchange; null while unprotected'),
  takeProfitPrice: Price.nullable().describe('Resting on the exchange; null while unprotected'),
  exitPrice: Price.nullable().describe('Average price of the exit fills, once closed'),
  realisedPnl: Amount.describe('Quote asset, fees of both sides included'),
  unrealisedPnl: Amount.nullable().describe('At the newest live price, before exit fees; null while no price is known'),
  fees: Amount.describe('Valued in the quote asset; 0 until closed'),
  dust: Quantity.describe('Too little to sell, left over when closed'),
  signalId: Uuid.nullable(),
  closeReason: ExitReason.nullable(),
  openedAt: UnixMs,
  closedAt: UnixMs.nullable(),
});
export type PositionRow = z.infer<typeof PositionRow>;

export const OrderStatus = z.enum([
  'requested',
  'claimed',
  'accepted',
  'filling',
  'cancel-pending',
  'filled',
  'canceled',
  'expired',
  'rejected',
  'abandoned',
]);
export type OrderStatus = z.infer<typeof OrderStatus>;

export const OrderRow = z.strictObject({
  clientOrderId: ClientOrderId,
  exchangeOrderId: z.string().nullable(),
  symbol: TradingSymbol,
  purpose: OrderPurpose,
  type: z.enum(['market', 'oco']),
  side: Side,
  quantity: Quantity.describe('Asked for, base asset'),
  executedQuantity: Quantity.describe('Filled so far, base asset, before fees'),
  quoteQuantity: Amount.describe('Σ price × quantity of its fills'),
  status: OrderStatus,
  signalId: Uuid.nullable(),
  positionId: Uuid,
  rejection: z.string().nullable().describe("The exchange's code and words"),
  requestedAt: UnixMs,
  updatedAt: UnixMs,
});
export type OrderRow = z.infer<typeof OrderRow>;

export const TradeRow = z.strictObject({
  symbol: TradingSymbol,
  tradeId: z.string(),
  clientOrderId: ClientOrderId,
  positionId: Uuid,
  side: Side,
  quantity: Quantity,
  price: Price,
  quoteQuantity: Amount,
  fee: Amount,
  feeAsset: Asset,
  feeInQuote: Amount,
  at: UnixMs,
});
export type TradeRow = z.infer<typeof TradeRow>;

export const SignalRow = z.strictObject({
  signalId: Uuid,
  symbol: TradingSymbol,
  interval: Interval,
  openTime: UnixMs,
  closeTime: UnixMs,
  price: Price,
  direction: Direction,
  probability: z.number(),
  confidence: z.number(),
  modelId: z.string(),
  modelType: z.string(),
  cause: SignalCause,
});
export type SignalRow = z.infer<typeof SignalRow>;

export const DecisionRow = z.strictObject({
  signalId: Uuid,
  symbol: TradingSymbol,
  openTime: UnixMs,
  direction: Direction,
  outcome: z.enum(['accepted', 'rejected']),
  reason: RejectionReason.nullable(),
  figures: z.record(z.string(), z.string()),
  configVersion: z.int(),
  at: UnixMs,
});
export type DecisionRow = z.infer<typeof DecisionRow>;

export const BalanceRow = z.strictObject({ asset: Asset, total: Amount });
export type BalanceRow = z.infer<typeof BalanceRow>;

export const EquityRow = z.strictObject({
  sequence: z.int().describe('Ledger revision of the fill or observation it follows from'),
  at: UnixMs,
  equity: Amount.describe('Quote asset: cash and every position at the newest fill price of its symbol'),
  realisedPnl: Amount.describe('Of all positions so far, quote asset'),
});
export type EquityRow = z.infer<typeof EquityRow>;

export const BotStatusRow = z.strictObject({
  botId: z.string(),
  running: z.boolean(),
  config: TradingConfig.nullable().describe('null before the first TradingConfigChanged'),
  configVersion: z.int(),
  openPositions: z.int(),
  ordersInFlight: z.int().describe('Requested or claimed, not yet answered by the exchange'),
  ledgerRevision: z.int().describe('Newest portfolio event in this row; -1 before the first'),
  updatedAt: UnixMs.nullable(),
});
export type BotStatusRow = z.infer<typeof BotStatusRow>;

export const ReadModelName = z
  .enum(['positions', 'orders', 'trades', 'signals', 'decisions', 'balances', 'equity', 'bot-status'])
  .describe('A read model of the projector');
export type ReadModelName = z.infer<typeof ReadModelName>;

export const ViewChanged = messageDefinition(
  'ViewChanged',
  1,
  'Rows of a read model changed; ask the projector for them',
  {
    readModel: ReadModelName,
    key: z.string().describe('Of the row; `*` when many changed at once'),
    sequence: z.int().describe('Ledger position counter of the projector; grows by commit'),
  },
);
export type ViewChanged = DataOf<typeof ViewChanged>;
