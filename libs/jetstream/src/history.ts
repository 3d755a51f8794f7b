import { decodeMessage, type MessageDefinition, type ReceivedMessage, UndecodableMessage } from '@bot-core/events';
import { DeliverPolicy, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { BusLogger } from './logger.ts';

export type StoredMessage<Data = unknown> = ReceivedMessage<Data> & { readonly sequence: number };

export interface HistoryOptions<Data> {
  readonly stream: string;
  /** May hold wildcards. */
  readonly subject: string;
  readonly definitions: readonly MessageDefinition<Data>[];
  /** First stream sequence wanted; the stream's first when left out. */
  readonly fromSequence?: number;
  /** Last stream sequence wanted; the stream's end as of the call when left out. */
  readonly toSequence?: number;
}

export const decodeStored = <Data>(
  message: { headers: MsgHdrs | undefined; data: Uint8Array },
  definitions: readonly MessageDefinition<Data>[],
): ReceivedMessage<Data> =>
  decodeMessage((name) => message.headers?.get(name) || undefined, text.decode(message.data), definitions);
const text = new TextDecoder();

/**
 * A stream's messages in order, ending at the stream's end as of the call. Holds a few hundred messages at a time.
 * An undecodable one is logged and left out: the consumers dead-letter it.
 */
export async function* history<Data>(
  js: JetStreamClient,
  jsm: JetStreamManager,
  { stream, subject, definitions, fromSequence = 1, toSequence }: HistoryOptions<Data>,
  logger: BusLogger,
): AsyncGenerator<StoredMessage<Data>, void, undefined> {
  const { state } = await jsm.streams.info(stream);
  const end = Math.min(toSequence ?? state.last_seq, state.last_seq);
  if (state.messages === 0 || fromSequence > end) return;
  const consumer = await js.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(fromSequence, 1),
  });
  if ((await consumer.info(true)).num_pending === 0) return;
  // With the client's defaults a reader can stand still for 45 s after a restart of the server.
  const messages = await consumer.consume({ max_messages: 500, expires: 4_000, idle_heartbeat: 1_000 });
  try {
    for await (const message of messages) {
      if (message.seq > end) return;
      try {
        yield { ...decodeStored(message, definitions), sequence: message.seq };
      } catch (error) {
        if (!(error instanceof UndecodableMessage)) throw error;
        logger.warn(
          { stream, sequence: message.seq, reason: error.message },
          'bus: undecodable message left out of history',
        );
      }
      if (message.seq === end || message.info.pending === 0) return;
    }
  } finally {
    void messages.close();
    void consumer.delete().catch(() => undefined);
  }
}

/** The newest message of a subject. @throws {UndecodableMessage} */
export const last = async <Data>(
  jsm: JetStreamManager,
  stream: string,
  subject: string,
  definition: MessageDefinition<Data>,
): Promise<StoredMessage<Data> | undefined> => {
  const message = await jsm.streams.getMessage(stream, { last_by_subj: subject });
  if (!message) return undefined;
  return { ...decodeStored({ headers: message.header, data: message.data }, [definition]), sequence: message.seq };
};
