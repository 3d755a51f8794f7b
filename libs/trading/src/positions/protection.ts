import { clientOrderIdFor, type ClientOrderId, type UnixMs } from '@bot-core/events';
import { asPrice, asQuantity, ceilTo, dec, type Decimal, floorTo } from '../money/decimal.ts';
import type { SymbolRules } from '../orders/rules.ts';
import type { Draft } from '../portfolio/draft.ts';
import { requestExit } from './exit.ts';
import type { Position } from './position.ts';
import { sellable } from './settle.ts';

/**
 * Asks for a stop-loss and a take-profit that rest on the exchange as one order list.
 * Prices are rounded to the tick towards less risk: the stop up, the take-profit down, both nearer to the entry.
 */
export const requestProtection = (draft: Draft, position: Position, rules: SymbolRules, at: UnixMs): void => {
  const { config } = draft.state;
  const quantity = sellable(position, rules);
  if (!config || !quantity) return;
  const tick = dec(rules.tickSize);
  const entry = dec(position.entryPrice);
  const stop = ceilTo(less(entry, config.stopLossPct), tick);
  const takeProfit = floorTo(less(entry, -config.takeProfitPct), tick);
  const stopLimit = floorTo(less(stop, config.stopLimitOffsetPct), tick);
  if (stopLimit.lte(0) || takeProfit.lte(entry)) {
    requestExit(draft, position.symbol, { reason: 'unprotected', signalId: null, at, rules });
    return;
  }
  const clientOrderId = clientOrderIdFor('protection', position.positionId, position.protections + 1);
  draft.emit('OrderRequested', [clientOrderId], {
    clientOrderId,
    purpose: 'protection',
    symbol: position.symbol,
    request: {
      type: 'oco',
      side: 'SELL',
      quantity: asQuantity(quantity),
      takeProfitPrice: asPrice(takeProfit),
      stopPrice: asPrice(stop),
      stopLimitPrice: asPrice(stopLimit),
      takeProfitClientOrderId: `${clientOrderId}-tp` as ClientOrderId,
      stopClientOrderId: `${clientOrderId}-sl` as ClientOrderId,
    },
    signalId: null,
    positionId: position.positionId,
    exitReason: null,
    after: null,
    expiresAt: null,
    at,
  });
};

const less = (price: Decimal, pct: number): Decimal => price.times(dec(100).minus(pct)).div(100);
