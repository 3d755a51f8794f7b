import type { Amount, PortfolioData, Quantity } from '@bot-core/events';
import { asAmount, dec, quotient } from '@bot-core/trading';
import type { OrderFact } from './fact.ts';
import type { PositionRecord } from './records.ts';

/** The position that an event changes: its own events, and the end of the order that protects it. */
export const positionIdOf = ({ event, order }: OrderFact): string | undefined => {
  switch (event.type) {
    case 'PositionOpened':
    case 'PositionIncreased':
    case 'PositionProtected':
    case 'PositionReduced':
    case 'PositionClosed':
      return event.data.positionId;
    case 'OrderFilled':
    case 'OrderCanceled':
    case 'OrderExpired':
    case 'OrderRejected':
    case 'OrderAbandoned':
      return order?.purpose === 'protection' ? order.positionId : undefined;
    default:
      return undefined;
  }
};

/** The position's row after an event that changes it. @throws {Error} when a position changes that was never opened. */
export const projectPosition = (fact: OrderFact, row: PositionRecord | undefined): PositionRecord | undefined => {
  const { event, order } = fact;
  if (event.type === 'PositionOpened') return opened(event.data, fact.revision);
  if (positionIdOf(fact) === undefined) return row;
  if (!row) {
    if (order) return undefined; // a protection that ended before any fill opened what it was for
    throw new Error(`projector: ${event.type} for a position that was never opened. The ledger is inconsistent.`);
  }
  switch (event.type) {
    case 'PositionIncreased': {
      const { quantity, cost, entryPrice } = event.data;
      return { ...row, quantity, cost, paid: cost, entryPrice };
    }
    case 'PositionProtected': {
      const { clientOrderId, stopPrice, takeProfitPrice } = event.data;
      return { ...row, protectedBy: clientOrderId, stopPrice, takeProfitPrice };
    }
    case 'PositionReduced': {
      const { quantity, realisedPnl } = event.data;
      return { ...row, quantity, realisedPnl, cost: costOf(quantity, row) };
    }
    case 'PositionClosed':
      return closed(event.data, row);
    default:
      return order?.clientOrderId === row.protectedBy ? unprotected(row) : row;
  }
};

const opened = (data: PortfolioData<'PositionOpened'>, revision: number): PositionRecord => ({
  positionId: data.positionId,
  symbol: data.symbol,
  status: 'open',
  quantity: data.quantity,
  entryPrice: data.entryPrice,
  cost: data.cost,
  paid: data.cost,
  stopPrice: null,
  takeProfitPrice: null,
  protectedBy: null,
  exitPrice: null,
  realisedPnl: '0' as Amount,
  fees: '0' as Amount,
  dust: '0' as Quantity,
  signalId: data.signalId,
  closeReason: null,
  openedAt: data.at,
  closedAt: null,
  revision,
});

const closed = (data: PortfolioData<'PositionClosed'>, row: PositionRecord): PositionRecord => ({
  ...unprotected(row),
  status: 'closed',
  quantity: '0' as Quantity,
  cost: row.paid,
  exitPrice: data.exitPrice,
  realisedPnl: data.realisedPnl,
  fees: data.fees,
  dust: data.dust,
  closeReason: data.reason,
  closedAt: data.at,
});

const unprotected = (row: PositionRecord): PositionRecord => ({
  ...row,
  protectedBy: null,
  stopPrice: null,
  takeProfitPrice: null,
});

/** The part of the cost that stays with what is left: average cost, as the decider reckons it. */
const costOf = (left: Quantity, { quantity, cost }: PositionRecord): Amount =>
  dec(quantity).isZero() ? ('0' as Amount) : asAmount(quotient(dec(cost).times(left), dec(quantity)));
