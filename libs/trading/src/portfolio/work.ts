import { isSendable } from '../orders/sending.ts';
import type { Order } from '../orders/order.ts';
import type { Portfolio } from './state.ts';

/**
 * What has to be done at the exchange for the ledger to come to rest. Derived from state, so that a restart finds it again.
 * send: claim it, then submit. find: it was claimed by a sender that may be gone; ask the exchange. cancel: take it off.
 */
export interface Work {
  readonly kind: 'send' | 'find' | 'cancel';
  readonly order: Order;
}

export const workOf = (state: Portfolio): readonly Work[] =>
  [...state.orders.values()].flatMap((order): Work[] => {
    if (isSendable(state, order)) return [{ kind: 'send', order }];
    if (order.status === 'claimed') return [{ kind: 'find', order }];
    if (order.status === 'cancel-pending') return [{ kind: 'cancel', order }];
    return [];
  });
