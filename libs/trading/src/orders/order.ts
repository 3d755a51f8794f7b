import type { ClientOrderId, OrderStatus, PortfolioData } from '@bot-core/events';
import { type Decimal, zero } from '../money/decimal.ts';

/** An order as the ledger tells it: what was asked for, where it stands, and what came of it. */
export interface Order {
  readonly terms: PortfolioData<'OrderRequested'>;
  readonly status: OrderStatus;
  /** Claims so far; 0 before the first. */
  readonly attempt: number;
  /** Base asset matched so far, before fees. */
  readonly executed: Decimal;
  /** Σ price × quantity of the matches, quote asset. */
  readonly quoteExecuted: Decimal;
  /** Of the fills booked, so that none is booked twice. */
  readonly tradeIds: readonly string[];
  /** The leg of an order list that filled. */
  readonly leg: 'take-profit' | 'stop-loss' | null;
}

export const requestedOrder = (terms: PortfolioData<'OrderRequested'>): Order => ({
  terms,
  status: 'requested',
  attempt: 0,
  executed: zero,
  quoteExecuted: zero,
  tradeIds: [],
  leg: null,
});

/** The ids by which the exchange may name this order: its own, and those of its legs. */
export const exchangeIdsOf = ({ clientOrderId, request }: PortfolioData<'OrderRequested'>): readonly ClientOrderId[] =>
  request.type === 'oco'
    ? [clientOrderId, request.takeProfitClientOrderId, request.stopClientOrderId]
    : [clientOrderId];
