import { clientOrderIdFor, type ExitReason, type TradingSymbol, type UnixMs } from '@bot-core/events';
import { asQuantity, dec, type Decimal, Decimal as DecimalType } from '../money/decimal.ts';
import type { Order } from '../orders/order.ts';
import type { SymbolRules } from '../orders/rules.ts';
import { isResting } from '../orders/transitions.ts';
import type { Draft } from '../portfolio/draft.ts';
import { ordersOf } from '../portfolio/state.ts';
import type { Position } from './position.ts';
import { sellable } from './settle.ts';

/** Exits the exchange may refuse for one position before the bot stops and waits for a person. */
export const exitsBeforeGivingUp = 3;

interface ExitCause {
  readonly reason: ExitReason;
  readonly signalId: string | null;
  readonly at: UnixMs;
  readonly rules: SymbolRules;
}

/**
 * Sells the position at market. Its protection locks the quantity, so it is taken off first and the exit waits for that.
 * Nothing is decided where an exit is under way already, the protection is on its way out or in, or only dust is held.
 */
export const requestExit = (draft: Draft, symbol: TradingSymbol, { reason, signalId, at, rules }: ExitCause): void => {
  const position = draft.state.positions.get(symbol);
  const quantity = position && sellable(position, rules);
  if (!position || !quantity) return;
  const open = ordersOf(draft.state, symbol);
  const protection = open.find(({ terms, status }) => terms.purpose === 'protection' && isResting(status));
  if (open.length > (protection ? 1 : 0)) return;
  const clientOrderId = clientOrderIdFor('exit', position.positionId, position.exits + 1);
  draft.emit('OrderRequested', [clientOrderId], {
    clientOrderId,
    purpose: 'exit',
    symbol,
    request: { type: 'market', side: 'SELL', quantity: asQuantity(atMost(quantity, rules.maxMarketQuantity)) },
    signalId,
    positionId: position.positionId,
    exitReason: reason,
    after: protection?.terms.clientOrderId ?? null,
    expiresAt: null,
    at,
  });
  if (!protection) return;
  const protectionId = protection.terms.clientOrderId;
  draft.emit('OrderCancelRequested', [protectionId], { clientOrderId: protectionId, at });
};

/** An exit that waited for its protection: if that sold a part meanwhile, the exit is asked for anew with what is left. */
export const replaceExit = (draft: Draft, position: Position, exit: Order, rules: SymbolRules, at: UnixMs): void => {
  const quantity = sellable(position, rules);
  if (exit.status !== 'requested' || !quantity || quantity.gte(exit.terms.request.quantity)) return;
  const { clientOrderId } = exit.terms;
  draft.emit('OrderAbandoned', [clientOrderId], { clientOrderId, reason: 'quantity-changed', at });
  requestExit(draft, position.symbol, { reason: exit.terms.exitReason ?? 'remainder', signalId: null, at, rules });
};

const atMost = (quantity: Decimal, limit: string): Decimal => DecimalType.min(quantity, dec(limit));
