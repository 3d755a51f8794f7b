import type { DecisionEvent, PortfolioEvent } from '@bot-core/events';
import type { OrderRecord } from './records.ts';

/** One event of the ledger, as a projection sees it. */
export interface Fact {
  readonly event: PortfolioEvent | DecisionEvent;
  /** Number within its stream, from 0. */
  readonly revision: number;
}

/** With the order that the event is about, as it is after the event; undefined where it is about none. */
export interface OrderFact extends Fact {
  readonly order: OrderRecord | undefined;
}

/** The order that an event moves. (`PositionProtected` names one, but does not move it.) */
export const orderIdOf = ({ event }: Fact): string | undefined =>
  'clientOrderId' in event.data && event.type !== 'PositionProtected' ? event.data.clientOrderId : undefined;
