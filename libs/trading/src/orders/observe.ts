import { asAmount, asQuantity } from '../money/decimal.ts';
import { noDust, type Position } from '../positions/position.ts';
import { settlePosition } from '../positions/settle.ts';
import type { ObservedFill, ObservedOrder, PortfolioCommand } from '../portfolio/commands.ts';
import type { Draft } from '../portfolio/draft.ts';
import { findOrder } from '../portfolio/state.ts';
import type { Order } from './order.ts';
import { isDone } from './transitions.ts';

type Observe = Extract<PortfolioCommand, { type: 'ObserveOrder' }>;
type Report = Extract<PortfolioCommand, { type: 'ObserveFill' }>;
type Rejection = Extract<PortfolioCommand, { type: 'RecordRejection' }>;

/** Brings the ledger up to what the exchange knows of an order. Seeing the same twice changes nothing. */
export const observeOrder = (draft: Draft, { clientOrderId, order: observed, rules, at }: Observe): void => {
  const order = findOrder(draft.state, clientOrderId);
  if (!order) return; // not ours, or older than memory: reconciliation of the account is where that shows
  const before = draft.events.length;
  accept(draft, order, observed.exchangeOrderId, at);
  for (const fill of newFills(order, observed.fills)) book(draft, order, fill);
  end(draft, order, observed);
  if (draft.events.length > before) settlePosition(draft, order.terms, rules, at);
};

export const observeFill = (draft: Draft, { clientOrderId, exchangeOrderId, fill, rules, at }: Report): void => {
  const order = findOrder(draft.state, clientOrderId);
  if (!order || newFills(order, [fill]).length === 0) return;
  accept(draft, order, exchangeOrderId, at);
  book(draft, order, fill);
  end(draft, order, { status: 'open', at });
  settlePosition(draft, order.terms, rules, at);
};

export const recordRejection = (draft: Draft, { clientOrderId, code, message, rules, at }: Rejection): void => {
  const order = draft.state.orders.get(clientOrderId);
  if (order?.status !== 'claimed') return;
  draft.emit('OrderRejected', [clientOrderId], { clientOrderId, code, message, at });
  settlePosition(draft, order.terms, rules, at);
};

const accept = (draft: Draft, { terms, status }: Order, exchangeOrderId: string, at: Observe['at']): void => {
  if (status !== 'claimed' && status !== 'requested') return;
  const { clientOrderId, symbol, positionId, request } = terms;
  draft.emit('OrderAccepted', [clientOrderId], { clientOrderId, exchangeOrderId, at });
  const position = draft.state.positions.get(symbol);
  if (request.type === 'oco' && position) {
    const { stopPrice, takeProfitPrice } = request;
    draft.emit('PositionProtected', [clientOrderId], {
      positionId,
      symbol,
      clientOrderId,
      stopPrice,
      takeProfitPrice,
      at,
    });
  }
};

const newFills = ({ tradeIds }: Order, fills: readonly ObservedFill[]): readonly ObservedFill[] =>
  fills.filter(
    ({ tradeId }, index) =>
      !tradeIds.includes(tradeId) && fills.findIndex((fill) => fill.tradeId === tradeId) === index,
  );

/** The fill, and what it does to the position. */
const book = (draft: Draft, { terms }: Order, fill: ObservedFill): void => {
  const { clientOrderId, symbol, positionId, purpose } = terms;
  const key = [symbol, fill.tradeId];
  const dustBefore = draft.state.dust.get(symbol) ?? noDust;
  const opened = draft.state.positions.has(symbol);
  draft.emit('FillRecorded', key, { clientOrderId, symbol, ...fill });
  const position = draft.state.positions.get(symbol);
  if (!position) return;
  const held = { positionId, symbol, quantity: asQuantity(position.quantity), at: fill.at };
  if (purpose !== 'entry') draft.emit('PositionReduced', key, { ...held, realisedPnl: asAmount(position.realisedPnl) });
  else if (opened) draft.emit('PositionIncreased', key, { ...held, ...entryOf(position) });
  else
    draft.emit('PositionOpened', [positionId, fill.tradeId], {
      ...held,
      ...entryOf(position),
      signalId: terms.signalId,
      carriedDust: asQuantity(dustBefore.quantity),
    });
};

const entryOf = ({ cost, entryPrice }: Position) => ({ cost: asAmount(cost), entryPrice });

/** The order's end, where it has come. Filled is concluded from the fills, never from a status that outran them. */
const end = (draft: Draft, { terms }: Order, { status, at }: Pick<ObservedOrder, 'status' | 'at'>): void => {
  const { clientOrderId, request } = terms;
  const order = draft.state.orders.get(clientOrderId);
  if (!order || isDone(order.status)) return;
  if (order.executed.gte(request.quantity))
    draft.emit('OrderFilled', [clientOrderId], {
      clientOrderId,
      quantity: asQuantity(order.executed),
      quoteQuantity: asAmount(order.quoteExecuted),
      at,
    });
  else if (status === 'canceled') draft.emit('OrderCanceled', [clientOrderId], { clientOrderId, at });
  else if (status === 'expired') draft.emit('OrderExpired', [clientOrderId], { clientOrderId, at });
};
