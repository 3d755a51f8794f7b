import { z } from 'zod';
import { Direction } from '../signal.ts';
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
} from '../values.ts';
import { TradingConfig } from './config.ts';
import { type EventOf, ledgerEvent } from './definition.ts';

/** The events of `portfolio-<botId>`, the consistency boundary for money. All written by the executor. */

const at = UnixMs.describe("When it happened, by the exchange's clock");
const by = z.string().min(1).describe('Who asked for it: an operator, or `system`');
const order = { clientOrderId: ClientOrderId };
const position = { positionId: Uuid.describe('Derived from the entry order'), symbol: TradingSymbol };

export const BotStarted = ledgerEvent('BotStarted', 1, 'Entries are allowed from here on', { by, at });
export const BotStopped = ledgerEvent('BotStopped', 1, 'No entries from here on; positions stay protected', { by, at });

export const TradingConfigChanged = ledgerEvent('TradingConfigChanged', 1, 'The trading settings as a whole', {
  configVersion: z.int().positive().describe('1 for the first; every decision names the version it used'),
  config: TradingConfig.describe('All settings after the change'),
  by,
  at,
});

export const Balance = z.strictObject({
  asset: Asset,
  total: Amount.describe('Free and locked together, as the exchange tells it'),
});
export type Balance = z.infer<typeof Balance>;

export const BalancesObserved = ledgerEvent(
  'BalancesObserved',
  1,
  "The account's balances at the exchange; later ones follow from fills",
  {
    balances: z.array(Balance).describe('Every asset that is not zero'),
    at,
  },
);

export const SignalAccepted = ledgerEvent('SignalAccepted', 1, 'A signal became an order', {
  signalId: Uuid.describe('The signal'),
  symbol: TradingSymbol,
  interval: Interval,
  openTime: UnixMs.describe("openTime of the signal's candle"),
  direction: Direction,
  probability: z.number().describe('As the signal gave it'),
  confidence: z.number().describe('As the signal gave it, 0 to 100'),
  modelId: z.string().describe('The model that made the signal'),
  price: Price.describe("The close of the signal's candle"),
  configVersion: z.int().positive().describe('The settings it was judged by'),
  equity: Amount.describe('Equity that the size was reckoned from, quote asset'),
  at,
});

const MarketOrder = z.strictObject({ type: z.literal('market'), side: Side, quantity: Quantity });
const OcoOrder = z.strictObject({
  type: z.literal('oco'),
  side: Side,
  quantity: Quantity,
  takeProfitPrice: Price.describe('Limit price of the take-profit leg'),
  stopPrice: Price.describe('Trigger of the stop-loss leg'),
  stopLimitPrice: Price.describe('Limit price of the stop-loss leg once triggered'),
  takeProfitClientOrderId: ClientOrderId.describe('Our id of the take-profit leg'),
  stopClientOrderId: ClientOrderId.describe('Our id of the stop-loss leg'),
});
export const OrderRequest = z.discriminatedUnion('type', [MarketOrder, OcoOrder]).describe('What is to be sent');
export type OrderRequest = z.infer<typeof OrderRequest>;
export type OcoOrder = z.infer<typeof OcoOrder>;

export const OrderPurpose = z
  .enum(['entry', 'exit', 'protection'])
  .describe('entry opens a position; exit closes it; protection rests on the exchange as stop-loss and take-profit');
export type OrderPurpose = z.infer<typeof OrderPurpose>;

export const ExitReason = z
  .enum(['signal', 'operator', 'unprotected', 'remainder', 'stop-loss', 'take-profit'])
  .describe('Why a position is left');
export type ExitReason = z.infer<typeof ExitReason>;

export const OrderRequested = ledgerEvent('OrderRequested', 1, 'An order is to be sent; it has not been yet', {
  ...order,
  purpose: OrderPurpose,
  symbol: TradingSymbol,
  request: OrderRequest,
  signalId: Uuid.nullable().describe('The signal that asked for it, if one did'),
  positionId: Uuid.describe('The position that it opens, protects or closes'),
  exitReason: ExitReason.nullable().describe('Why, for an exit'),
  after: ClientOrderId.nullable().describe('An order that must be done first: its protection locks the quantity'),
  expiresAt: UnixMs.nullable().describe('Not sent after this: the signal would be stale'),
  at,
});
export const OrderClaimed = ledgerEvent(
  'OrderClaimed',
  1,
  'One sender took it; from here on it may have reached the exchange',
  {
    ...order,
    attempt: z.int().positive().describe('1 for the first claim; a later one follows an OrderReleased'),
    claimant: z.string().describe('The executor that sends'),
    at,
  },
);
export const OrderReleased = ledgerEvent(
  'OrderReleased',
  1,
  'The exchange never got it, asked after no copy could still arrive',
  {
    ...order,
    attempt: z.int().positive().describe('The claim that ended'),
    at,
  },
);
export const OrderAccepted = ledgerEvent('OrderAccepted', 1, 'The exchange has it', {
  ...order,
  exchangeOrderId: z.string().describe("The exchange's id of the order or of the order list"),
  at,
});
export const OrderRejected = ledgerEvent('OrderRejected', 1, 'The exchange refused it for good', {
  ...order,
  code: z.int().describe("The exchange's error code"),
  message: z.string().describe("The exchange's words"),
  at,
});
export const OrderAbandoned = ledgerEvent('OrderAbandoned', 1, 'It was never sent and never will be', {
  ...order,
  reason: z.enum(['stale', 'position-closed', 'quantity-changed']).describe('Why it is not wanted any more'),
  at,
});
export const OrderCancelRequested = ledgerEvent('OrderCancelRequested', 1, 'It is to be taken off the exchange', {
  ...order,
  at,
});
export const OrderCanceled = ledgerEvent('OrderCanceled', 1, 'The exchange took it off; what was filled before stays', {
  ...order,
  at,
});
export const OrderExpired = ledgerEvent('OrderExpired', 1, 'The exchange ended it by its own rules', { ...order, at });
export const OrderFilled = ledgerEvent('OrderFilled', 1, 'Nothing of it is left to fill', {
  ...order,
  quantity: Quantity.describe('Executed, base asset, before fees'),
  quoteQuantity: Amount.describe('Σ price × quantity of its fills'),
  at,
});

export const FillRecorded = ledgerEvent('FillRecorded', 1, 'The exchange matched a part of an order', {
  ...order,
  symbol: TradingSymbol,
  side: Side,
  tradeId: z.string().describe("The exchange's trade id, unique within a symbol. Two fills with one id are one fill"),
  leg: z.enum(['take-profit', 'stop-loss']).nullable().describe('Which leg of an order list'),
  quantity: Quantity.describe('Base asset, before fees'),
  price: Price,
  quoteQuantity: Amount.describe('price × quantity'),
  fee: Amount.describe('Taken by the exchange, in feeAsset'),
  feeAsset: Asset.describe('May be the base, the quote or a third asset'),
  feeInQuote: Amount.describe('The fee valued in the quote asset when it was taken'),
  at: UnixMs.describe('When the exchange matched it'),
});

export const PositionOpened = ledgerEvent('PositionOpened', 1, 'The first fill of an entry', {
  ...position,
  signalId: Uuid.nullable().describe('The signal behind the entry'),
  quantity: Quantity.describe('Held, base asset, after fees taken in it; dust carried over included'),
  cost: Amount.describe('Paid, quote asset, fees included; the cost of carried dust included'),
  entryPrice: Price.describe('Average price of the entry fills, before fees'),
  carriedDust: Quantity.describe('Left over by an earlier position in this symbol and taken up here, base asset'),
  at,
});
export const PositionIncreased = ledgerEvent('PositionIncreased', 1, 'A further fill of the entry', {
  ...position,
  quantity: Quantity.describe('Held after it, base asset'),
  cost: Amount.describe('Paid so far, quote asset, fees included'),
  entryPrice: Price.describe('Average price of the entry fills so far'),
  at,
});
export const PositionProtected = ledgerEvent('PositionProtected', 1, 'Stop-loss and take-profit rest on the exchange', {
  ...position,
  clientOrderId: ClientOrderId.describe('The protection'),
  stopPrice: Price,
  takeProfitPrice: Price,
  at,
});
export const PositionReduced = ledgerEvent('PositionReduced', 1, 'A fill of an exit that leaves some of it', {
  ...position,
  quantity: Quantity.describe('Still held, base asset'),
  realisedPnl: Amount.describe('Of all exits so far, quote asset, fees of both sides included'),
  at,
});
export const PositionClosed = ledgerEvent('PositionClosed', 1, 'Nothing sellable of it is left', {
  ...position,
  reason: ExitReason,
  exitPrice: Price.describe('Average price of the exit fills, before fees'),
  realisedPnl: Amount.describe('Proceeds - cost of what was sold, quote asset, fees of both sides included'),
  fees: Amount.describe('Of all its fills, valued in the quote asset'),
  dust: Quantity.describe('Base asset left over, too little for the exchange to sell; the next position takes it up'),
  dustCost: Amount.describe('What the dust cost, quote asset: neither gained nor lost yet'),
  at,
});

export const portfolioEvents = [
  BotStarted,
  BotStopped,
  TradingConfigChanged,
  BalancesObserved,
  SignalAccepted,
  OrderRequested,
  OrderClaimed,
  OrderReleased,
  OrderAccepted,
  OrderRejected,
  OrderAbandoned,
  OrderCancelRequested,
  OrderCanceled,
  OrderExpired,
  OrderFilled,
  FillRecorded,
  PositionOpened,
  PositionIncreased,
  PositionProtected,
  PositionReduced,
  PositionClosed,
] as const;
export type PortfolioEvent = EventOf<(typeof portfolioEvents)[number]>;
export type PortfolioEventType = PortfolioEvent['type'];
/** The data of one portfolio event by its name. */
export type PortfolioData<Type extends PortfolioEventType> = Extract<PortfolioEvent, { type: Type }>['data'];
