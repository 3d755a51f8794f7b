import type { ReceivedMessage, UnixMs } from '@bot-core/events';

/** What a handler may know of a message besides its data; its second argument (`@Ctx()`). */
export interface MessageContext {
  readonly id: string;
  /** The subject it came on. */
  readonly subject: string;
  /** When it happened, by the exchange's clock (`ce-time`). For a request: this machine's clock, unfit for events. */
  readonly time: UnixMs;
  readonly correlationId: string;
  readonly causationId: string;
  /** Where it is stored; undefined for notices and requests. */
  readonly stream?: string;
  readonly sequence?: number;
  /** 1 at the first delivery. */
  readonly deliveryCount: number;
}

export const contextOf = (
  message: ReceivedMessage,
  place: { subject: string; stream?: string; sequence?: number; deliveryCount: number },
): MessageContext => ({
  id: message.id,
  time: message.time,
  correlationId: message.correlationId,
  causationId: message.causationId,
  ...place,
});
