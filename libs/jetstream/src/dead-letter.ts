import { subjects } from '@bot-core/events';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';
import { type Delivery, oneLine } from './delivery.ts';

export type DeadLetterReason = 'undecodable' | 'no-handler' | 'poison' | 'too-many-attempts';

/** Headers that a dead letter has beside those of the original. */
export const deadLetterHeaders = {
  reason: 'dlq-reason',
  detail: 'dlq-detail',
  stream: 'dlq-stream',
  sequence: 'dlq-sequence',
  consumer: 'dlq-consumer',
  deliveryCount: 'dlq-delivery-count',
} as const;

/**
 * Stores a copy in DEADLETTERS. Its id names the stream, the sequence and the consumer, so that repeating it stores nothing,
 * and two consumers that both cannot take a message both say so.
 * @throws {PublishFailed}
 */
export const deadLetter = async (
  bus: Bus,
  durable: string,
  delivery: Delivery,
  reason: DeadLetterReason,
  detail: string,
): Promise<void> => {
  const headers = headersFor(delivery.headers);
  headers.set(deadLetterHeaders.reason, reason);
  headers.set(deadLetterHeaders.detail, oneLine(detail).slice(0, 2_000));
  headers.set(deadLetterHeaders.stream, delivery.stream);
  headers.set(deadLetterHeaders.sequence, String(delivery.sequence));
  headers.set(deadLetterHeaders.consumer, durable);
  headers.set(deadLetterHeaders.deliveryCount, String(delivery.deliveryCount));
  await bus.store({
    subject: subjects.deadLetter(delivery.subject),
    id: `${delivery.stream}:${delivery.sequence}:${durable}`,
    headers,
    payload: delivery.data,
  });
};

/** The original headers. Those that command the server (`Nats-…`) are kept under a name that it does not obey. */
const headersFor = (original: MsgHdrs | undefined): MsgHdrs => {
  const headers = newHeaders();
  for (const [name, values] of original ?? [])
    for (const value of values) headers.append(/^nats-/i.test(name) ? `dlq-original-${name}` : name, value);
  return headers;
};
