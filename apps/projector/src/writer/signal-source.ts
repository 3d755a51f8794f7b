import { decodeMessage, patterns, SignalEmitted, UndecodableMessage } from '@bot-core/events';
import type { Bus } from '@bot-core/jetstream';
import type { Logger } from '@bot-core/service';
import { setTimeout as pause } from 'node:timers/promises';
import type { SignalItem } from './item.ts';

const stream = 'SIGNALS';
const retryMs = 500;

interface Follow {
  /** As the checkpoint has it. */
  readonly after: { readonly sequence: number; readonly stream: string | null };
  readonly push: (item: SignalItem) => Promise<void>;
  /** Everything that was in the stream when it was opened has been pushed. */
  readonly onCaughtUp: () => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Brings the messages of SIGNALS in their order, until `signal` is aborted. The sequence lies in the rows' checkpoint and
 * not in a durable consumer, so that rows and place move together and a rebuild begins at the first message. After a lost
 * connection it looks again whether the stream is still the same: one that was made anew is read from its beginning.
 */
export const followSignals = async (bus: Bus, follow: Follow): Promise<void> => {
  let { sequence, stream: known } = follow.after;
  while (!follow.signal.aborted) {
    try {
      const { created, state } = await bus.jetStreamManager.streams.info(stream);
      if (known !== created || state.last_seq < sequence) {
        if (known !== null)
          follow.logger.warn(
            { stream, from: sequence },
            'projector: the stream was made anew; reading it from its beginning',
          );
        [known, sequence] = [created, 0];
      }
      for await (const item of read(bus, follow, {
        stream: created,
        after: sequence,
        end: state.messages > 0 ? state.last_seq : 0,
      })) {
        await follow.push(item);
        sequence = item.sequence;
      }
    } catch (error) {
      if (!follow.signal.aborted)
        follow.logger.warn(
          { stream, reason: (error as Error).message },
          'projector: cannot read signals; trying again',
        );
    }
    await pause(retryMs, undefined, { signal: follow.signal }).catch(() => undefined);
  }
};

interface From {
  readonly stream: string;
  readonly after: number;
  /** The last sequence when it was opened. */
  readonly end: number;
}

/** Ends when the follower is told to, or the connection was lost. */
async function* read(bus: Bus, follow: Follow, from: From): AsyncGenerator<SignalItem, void, undefined> {
  const consumer = await bus.js.consumers.get(stream, {
    filter_subjects: patterns.signals,
    deliver_policy: 'by_start_sequence',
    opt_start_seq: from.after + 1,
  });
  // With the client's defaults a reader can stand still for 45 s after a restart of the server.
  const messages = await consumer.consume({ max_messages: 500, expires: 4_000, idle_heartbeat: 1_000 });
  const stop = () => messages.stop();
  const forget = bus.link.onState(stop);
  follow.signal.addEventListener('abort', stop, { once: true });
  try {
    if (from.end <= from.after) follow.onCaughtUp();
    for await (const message of messages) {
      if (follow.signal.aborted) return;
      yield { ...decoded(message, follow.logger), sequence: message.seq, source: 'signals', stream: from.stream };
      if (message.seq >= from.end || message.info.pending === 0) follow.onCaughtUp();
    }
  } finally {
    forget();
    follow.signal.removeEventListener('abort', stop);
    messages.stop();
    void consumer.delete().catch(() => undefined);
  }
}

interface Stored {
  readonly headers?: { get(name: string): string } | undefined;
  readonly seq: number;
  string(): string;
}

const decoded = (message: Stored, logger: Logger): Pick<SignalItem, 'row' | 'at'> => {
  try {
    const header = (name: string) => message.headers?.get(name) || undefined;
    const { data, time } = decodeMessage(header, message.string(), [SignalEmitted]);
    return { row: data, at: time };
  } catch (error) {
    if (!(error instanceof UndecodableMessage)) throw error;
    // The executor reads the same stream through its durable consumer and dead-letters it.
    logger.error(
      { stream, sequence: message.seq, reason: error.message },
      'projector: a signal cannot be read; left out',
    );
    return { row: undefined, at: undefined };
  }
};
