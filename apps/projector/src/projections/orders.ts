import type { Amount, OrderRow, PortfolioData, Quantity } from '@bot-core/events';
import { asAmount, asQuantity, dec, transitions } from '@bot-core/trading';
import { type Fact, orderIdOf } from './fact.ts';
import type { OrderRecord } from './records.ts';

type OrderEvent = Extract<
  Fact['event'],
  { type: keyof (typeof transitions)['requested'] | `Order${string}` | 'FillRecorded' }
>;

/** The order's row after an event that moves it. @throws {Error} when the ledger moves an order in a way that cannot be. */
export const projectOrder = (fact: Fact, row: OrderRecord | undefined): OrderRecord | undefined => {
  if (orderIdOf(fact) === undefined) return row;
  const event = fact.event as OrderEvent; // the only events with an order id of their own
  if (event.type === 'OrderRequested') return row ?? requested(event.data, fact.revision);
  if (!row)
    throw new Error(
      `projector: ${event.type} for order ${event.data.clientOrderId}, which was never requested. The ledger is inconsistent.`,
    );
  return { ...row, ...changeOf(event, row), status: nextStatus(event, row), updatedAt: event.data.at };
};

const requested = (data: PortfolioData<'OrderRequested'>, revision: number): OrderRecord => ({
  clientOrderId: data.clientOrderId,
  exchangeOrderId: null,
  symbol: data.symbol,
  purpose: data.purpose,
  type: data.request.type,
  side: data.request.side,
  quantity: data.request.quantity,
  executedQuantity: '0' as Quantity,
  quoteQuantity: '0' as Amount,
  status: 'requested',
  signalId: data.signalId,
  positionId: data.positionId,
  rejection: null,
  requestedAt: data.at,
  updatedAt: data.at,
  revision,
});

const changeOf = (event: OrderEvent, row: OrderRecord): Partial<OrderRecord> => {
  switch (event.type) {
    case 'OrderAccepted':
      return { exchangeOrderId: event.data.exchangeOrderId };
    case 'OrderRejected':
      return { rejection: `${event.data.code}: ${event.data.message}` };
    case 'FillRecorded':
      return {
        executedQuantity: asQuantity(dec(row.executedQuantity).plus(event.data.quantity)),
        quoteQuantity: asAmount(dec(row.quoteQuantity).plus(event.data.quoteQuantity)),
      };
    case 'OrderFilled':
      return { executedQuantity: event.data.quantity, quoteQuantity: event.data.quoteQuantity };
    default:
      return {};
  }
};

const nextStatus = (event: OrderEvent, { status, clientOrderId }: OrderRecord): OrderRow['status'] => {
  const next = transitions[status][event.type];
  if (!next)
    throw new Error(
      `projector: order ${clientOrderId} is ${status}; ${event.type} cannot follow. The ledger is inconsistent.`,
    );
  return next;
};
