import type { ExitReason, PortfolioData, UnixMs } from '@bot-core/events';
import { asAmount, asPrice, asQuantity, dec, floorTo, quotient } from '../money/decimal.ts';
import type { SymbolRules } from '../orders/rules.ts';
import { isDone } from '../orders/transitions.ts';
import type { Draft } from '../portfolio/draft.ts';
import { findOrder, ordersOf, type Portfolio } from '../portfolio/state.ts';
import { exitsBeforeGivingUp, replaceExit, requestExit } from './exit.ts';
import type { Position } from './position.ts';
import { requestProtection } from './protection.ts';

type Terms = PortfolioData<'OrderRequested'>;

/**
 * Leaves a position in a state it may stay in, after something happened to one of its orders: closed when nothing sellable
 * is left, else on its way out, else protected by orders that rest on the exchange, else out at market.
 */
export const settlePosition = (draft: Draft, terms: Terms, rules: SymbolRules, at: UnixMs): void => {
  const position = draft.state.positions.get(terms.symbol);
  if (!position || !orderIsDone(draft.state, terms)) return;
  if (sellable(position, rules) === null) {
    close(draft, position, reasonOf(draft.state, terms), at);
    return;
  }
  const exit = ordersOf(draft.state, terms.symbol).find((order) => order.terms.purpose === 'exit');
  if (exit) {
    replaceExit(draft, position, exit, rules, at);
    return;
  }
  if (ordersOf(draft.state, terms.symbol).length > 0) return;
  const refused = findOrder(draft.state, terms.clientOrderId)?.status === 'rejected';
  if (refused && terms.purpose === 'protection')
    requestExit(draft, terms.symbol, { reason: 'unprotected', signalId: null, at, rules });
  else if (refused && position.exits >= exitsBeforeGivingUp) giveUp(draft, terms, at);
  else if (refused)
    requestExit(draft, terms.symbol, { reason: terms.exitReason ?? 'remainder', signalId: null, at, rules });
  else requestProtection(draft, position, rules, at);
};

/** What the exchange would take of it, base asset; null when it is dust. */
export const sellable = (position: Position, rules: SymbolRules) => {
  const quantity = floorTo(position.quantity, dec(rules.stepSize));
  if (quantity.lt(rules.minQuantity) || quantity.isZero()) return null;
  const price = position.soldFor.isZero() ? dec(position.entryPrice) : position.soldFor.div(position.sold);
  return quantity.times(price).lt(rules.minNotional) ? null : quantity;
};

const orderIsDone = (state: Portfolio, { clientOrderId }: Terms): boolean => {
  const order = findOrder(state, clientOrderId);
  return order !== undefined && isDone(order.status);
};

const close = (draft: Draft, position: Position, reason: ExitReason, at: UnixMs): void => {
  const { positionId, symbol, sold, soldFor, realisedPnl, fees, quantity, cost, entryPrice } = position;
  for (const { terms, status } of ordersOf(draft.state, symbol))
    if (terms.purpose === 'exit' && status === 'requested')
      draft.emit('OrderAbandoned', [terms.clientOrderId], {
        clientOrderId: terms.clientOrderId,
        reason: 'position-closed',
        at,
      });
  draft.emit('PositionClosed', [positionId], {
    positionId,
    symbol,
    reason,
    exitPrice: sold.isZero() ? entryPrice : asPrice(quotient(soldFor, sold)),
    realisedPnl: asAmount(realisedPnl),
    fees: asAmount(fees),
    dust: asQuantity(quantity),
    dustCost: asAmount(cost),
    at,
  });
};

/** An exit that the exchange refuses again and again needs a person; until then, no new entries. */
const giveUp = (draft: Draft, { clientOrderId }: Terms, at: UnixMs): void => {
  if (draft.state.running) draft.emit('BotStopped', ['exit-refused', clientOrderId], { by: 'system', at });
};

const reasonOf = (state: Portfolio, terms: Terms): ExitReason =>
  terms.exitReason ?? findOrder(state, terms.clientOrderId)?.leg ?? 'remainder';
