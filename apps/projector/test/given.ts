import {
  amount,
  asset,
  type ClientOrderId,
  defaultTradingConfig,
  idOf,
  type OrderRequest,
  type PortfolioData,
  type PortfolioEvent,
  type PortfolioEventType,
  price,
  quantity,
  tradingSymbol,
  unixMs,
} from '@bot-core/events';
import { type Changes, nothingKnown, project } from '../src/projections/project.ts';

/** Rows that follow from events of one portfolio, told from its beginning. */
export const given = (...events: readonly PortfolioEvent[]): Changes =>
  project(
    nothingKnown('main'),
    events.map((event, revision) => ({ event, revision })),
  );

export const BTCUSDT = tradingSymbol('BTCUSDT');
export const positionId = idOf('a position');
export const signalId = idOf('a signal');
export const entry = 'bot-entry' as ClientOrderId;
export const protection = 'bot-protection' as ClientOrderId;
const at = (ms: number) => unixMs(ms);

const event = <Type extends PortfolioEventType>(type: Type, data: PortfolioData<Type>): PortfolioEvent =>
  ({ id: idOf(type, JSON.stringify(data)), type, data }) as PortfolioEvent;

export const balancesObserved = (balances: Record<string, string>, ms = 0): PortfolioEvent =>
  event('BalancesObserved', {
    balances: Object.entries(balances).map(([name, total]) => ({ asset: asset(name), total: amount(total) })),
    at: at(ms),
  });
export const botStarted = (ms = 0) => event('BotStarted', { by: 'test', at: at(ms) });
export const botStopped = (ms = 0) => event('BotStopped', { by: 'test', at: at(ms) });
export const configChanged = (configVersion: number, ms = 0) =>
  event('TradingConfigChanged', { configVersion, config: defaultTradingConfig, by: 'test', at: at(ms) });

const asked: OrderRequest = { type: 'market', side: 'BUY', quantity: quantity('0.50') };
const oco: OrderRequest = {
  ...{ type: 'oco', side: 'SELL', quantity: quantity('0.50') },
  ...{ takeProfitPrice: price('110'), stopPrice: price('90'), stopLimitPrice: price('89') },
  ...{ takeProfitClientOrderId: 'tp' as ClientOrderId, stopClientOrderId: 'sl' as ClientOrderId },
};
export const entryRequested = (ms = 1) => requested(entry, 'entry', asked, ms);
export const protectionRequested = (ms = 3) => requested(protection, 'protection', oco, ms);
const requested = (
  clientOrderId: ClientOrderId,
  purpose: PortfolioData<'OrderRequested'>['purpose'],
  request: OrderRequest,
  ms: number,
) =>
  event('OrderRequested', {
    ...{ clientOrderId, purpose, symbol: BTCUSDT, request, positionId, after: null, expiresAt: null, at: at(ms) },
    ...{ signalId: purpose === 'entry' ? signalId : null, exitReason: null },
  });
export const claimed = (clientOrderId: ClientOrderId, ms: number) =>
  event('OrderClaimed', { clientOrderId, attempt: 1, claimant: 'test', at: at(ms) });
export const accepted = (clientOrderId: ClientOrderId, ms: number) =>
  event('OrderAccepted', { clientOrderId, exchangeOrderId: '77', at: at(ms) });
export const rejected = (clientOrderId: ClientOrderId, ms: number) =>
  event('OrderRejected', { clientOrderId, code: -2010, message: 'Account has insufficient balance.', at: at(ms) });
export const canceled = (clientOrderId: ClientOrderId, ms: number) =>
  event('OrderCanceled', { clientOrderId, at: at(ms) });
export const filled = (clientOrderId: ClientOrderId, ms: number, [base, quote]: [string, string]) =>
  event('OrderFilled', { clientOrderId, quantity: quantity(base), quoteQuantity: amount(quote), at: at(ms) });
export const fillRecorded = (
  clientOrderId: ClientOrderId,
  ms: number,
  fill: {
    id: string;
    side: 'BUY' | 'SELL';
    quantity: string;
    price: string;
    quote: string;
    fee: string;
    feeAsset: string;
  },
) =>
  event('FillRecorded', {
    ...{ clientOrderId, symbol: BTCUSDT, side: fill.side, tradeId: fill.id, leg: null, at: at(ms) },
    ...{ quantity: quantity(fill.quantity), price: price(fill.price), quoteQuantity: amount(fill.quote) },
    ...{ fee: amount(fill.fee), feeAsset: asset(fill.feeAsset), feeInQuote: amount('0.05') },
  });
const position = { positionId, symbol: BTCUSDT };
export const positionOpened = (ms: number, held: string, cost: string) =>
  event('PositionOpened', {
    ...{ ...position, signalId, quantity: quantity(held), cost: amount(cost), entryPrice: price('100.00') },
    ...{ carriedDust: quantity('0'), at: at(ms) },
  });
export const positionProtected = (ms: number) =>
  event('PositionProtected', {
    ...{ ...position, clientOrderId: protection, stopPrice: price('90'), takeProfitPrice: price('110'), at: at(ms) },
  });
export const positionReduced = (ms: number, left: string, realised: string) =>
  event('PositionReduced', { ...position, quantity: quantity(left), realisedPnl: amount(realised), at: at(ms) });
export const positionClosed = (ms: number, realised: string) =>
  event('PositionClosed', {
    ...{ ...position, reason: 'take-profit', exitPrice: price('110.0'), realisedPnl: amount(realised) },
    ...{ fees: amount('0.10'), dust: quantity('0.0001'), dustCost: amount('0.01'), at: at(ms) },
  });
