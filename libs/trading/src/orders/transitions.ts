import type { OrderStatus, PortfolioEventType } from '@bot-core/events';

export type OrderEventType = Extract<PortfolioEventType, `Order${string}` | 'FillRecorded'>;

/** Every move an order can make. What is not in the table cannot happen, and `evolve` refuses it. */
export const transitions: Readonly<Record<OrderStatus, Readonly<Partial<Record<OrderEventType, OrderStatus>>>>> = {
  requested: {
    OrderClaimed: 'claimed',
    OrderAbandoned: 'abandoned',
    OrderAccepted: 'accepted', // released as never received, and then the exchange shows it after all
  },
  claimed: {
    OrderAccepted: 'accepted',
    OrderRejected: 'rejected',
    OrderReleased: 'requested',
  },
  accepted: {
    FillRecorded: 'filling',
    OrderFilled: 'filled',
    OrderCancelRequested: 'cancel-pending',
    OrderCanceled: 'canceled',
    OrderExpired: 'expired',
  },
  filling: {
    FillRecorded: 'filling',
    OrderFilled: 'filled',
    OrderCancelRequested: 'cancel-pending',
    OrderCanceled: 'canceled',
    OrderExpired: 'expired',
  },
  'cancel-pending': {
    FillRecorded: 'cancel-pending', // matched before the exchange saw the cancel
    OrderFilled: 'filled',
    OrderCanceled: 'canceled',
    OrderExpired: 'expired',
  },
  canceled: { FillRecorded: 'canceled' }, // the report of a match that outran the cancel comes late
  expired: { FillRecorded: 'expired' }, // likewise
  filled: {},
  rejected: {},
  abandoned: {},
};

const done: ReadonlySet<OrderStatus> = new Set(['filled', 'canceled', 'expired', 'rejected', 'abandoned']);
export const isDone = (status: OrderStatus): boolean => done.has(status);

/** The exchange has it, as far as anybody knows. */
const resting: ReadonlySet<OrderStatus> = new Set(['accepted', 'filling']);
export const isResting = (status: OrderStatus): boolean => resting.has(status);

/** @throws {Error} when the table has no such move: a defect in the decider, or a ledger that something else wrote to. */
export const nextStatus = (status: OrderStatus, event: OrderEventType, clientOrderId: string): OrderStatus => {
  const next = transitions[status][event];
  if (!next)
    throw new Error(
      `trading: order ${clientOrderId} is ${status}; ${event} cannot follow. The ledger is inconsistent.`,
    );
  return next;
};
