import type { PortfolioCommand } from '../portfolio/commands.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { Portfolio } from '../portfolio/state.ts';
import type { Order } from './order.ts';

type Claim = Extract<PortfolioCommand, { type: 'ClaimOrder' }>;
type Release = Extract<PortfolioCommand, { type: 'ReleaseOrder' }>;

/** To be sent now: requested, and what must be done before it is done. */
export const isSendable = (state: Portfolio, { status, terms }: Order): boolean =>
  status === 'requested' && (terms.after === null || !state.orders.has(terms.after));

export const claimOrder = (draft: Draft, { clientOrderId, claimant, at }: Claim): void => {
  const order = draft.state.orders.get(clientOrderId);
  if (!order || !isSendable(draft.state, order)) return;
  const { expiresAt } = order.terms;
  if (expiresAt !== null && at > expiresAt) {
    draft.emit('OrderAbandoned', [clientOrderId], { clientOrderId, reason: 'stale', at });
    return;
  }
  const attempt = order.attempt + 1;
  draft.emit('OrderClaimed', [clientOrderId, attempt], { clientOrderId, attempt, claimant, at });
};

export const releaseOrder = (draft: Draft, { clientOrderId, at }: Release): void => {
  const order = draft.state.orders.get(clientOrderId);
  if (order?.status !== 'claimed') return;
  draft.emit('OrderReleased', [clientOrderId, order.attempt], { clientOrderId, attempt: order.attempt, at });
};
