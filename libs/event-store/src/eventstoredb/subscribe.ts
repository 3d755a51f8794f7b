import {
  excludeSystemEvents,
  streamNameFilter,
  type AllStreamSubscription,
  type EventStoreDBClient,
  type Position as ClientPosition,
  type ResolvedEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import { Backoff } from '../backoff.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { Checkpoint, EventHandler, Position, StreamFilter, SubscribeOptions } from '../port.ts';
import { parsePosition, positionOf } from '../position.ts';
import type { Connection } from './connection.ts';
import { convert, isSystemEvent } from './convert.ts';
import { classify } from './translate.ts';

/** What comes out of a subscription, in order: events, and notes put in between them. */
type Item = ResolvedEvent | { note: 'caught-up' } | { note: 'checkpoint'; position: ClientPosition };
type Subscription = StreamSubscription | AllStreamSubscription;

/** How many events a subscriber may have waiting on this side, at each of the client's two buffers. */
const BUFFERED = 16;
/** A subscriber whose events are rare hears how far it has come after this many × 32 others. */
const CHECKPOINT_INTERVAL = 4;

/** Where a subscription stands, and how to open it from there. */
interface Feed {
  open(client: EventStoreDBClient): Subscription;
  /** Whether the event is one to deliver; either way the next {@link open} begins behind it. */
  take(event: NonNullable<ResolvedEvent['event']>): boolean;
  /** Takes note that there is nothing of interest up to here. */
  skipTo(position: ClientPosition): void;
}

/** Subscribes; see the port. */
export async function subscribe(
  connection: Connection,
  filter: StreamFilter,
  after: Checkpoint | 'start',
  handler: EventHandler,
  options: SubscribeOptions,
): Promise<void> {
  const stream = 'stream' in filter ? filter.stream : '$all';
  const what = `subscription to ${'stream' in filter ? filter.stream : filter.prefixes.map((prefix) => `${prefix}*`).join(', ') || 'all'}`;
  const feed = 'stream' in filter && after === 'start' ? streamFeed(filter.stream) : allFeed(filter, after);
  const signal = AbortSignal.any([options.signal, connection.closing]);
  const backoff = new Backoff(connection.settings.backoff);
  while (!signal.aborted) {
    const client = await connection.client(what);
    try {
      await follow(connection, feed.open(client), what, signal, async (item) => {
        if ('note' in item) {
          if (item.note === 'caught-up') return options.onCaughtUp?.();
          feed.skipTo(item.position);
          if ('prefixes' in filter)
            await options.onCheckpoint?.(positionOf(item.position.commit, item.position.prepare));
          return;
        }
        backoff.reset();
        if (item.event && feed.take(item.event)) await handled(handler(convert(item.event)));
      });
      throw new EventStoreUnavailable(what, 'the server ended it');
    } catch (error) {
      if (error instanceof HandlerFailed) throw error.cause;
      if (signal.aborted) break;
      const failure = classify(error, what, stream);
      if (failure.kind === 'final') throw failure.error;
      connection.failed(client, failure.kind === 'transient' ? failure.error : new Error(String(error)));
      await backoff.pause(signal);
    }
  }
  if (!options.signal.aborted) throw new EventStoreUnavailable(what, 'the connection was closed');
}

/** Runs one subscription until it fails, ends or is aborted, giving its items to `onItem` one at a time. */
async function follow(
  connection: Connection,
  subscription: Subscription,
  what: string,
  signal: AbortSignal,
  onItem: (item: Item) => Promise<void> | void,
): Promise<void> {
  const fail = (reason: string): void => void subscription.destroy(new EventStoreUnavailable(what, reason));
  const { deadlineMs } = connection.settings;
  const unconfirmed = setTimeout(() => fail(`not confirmed within ${deadlineMs} ms`), deadlineMs);
  const abort = (): void => fail('aborted');
  signal.addEventListener('abort', abort, { once: true });
  // An error that comes when nobody iterates any more would end the process.
  subscription.on('error', () => undefined);
  subscription.on('confirmation', () => {
    clearTimeout(unconfirmed);
    connection.worked();
  });
  // The client tells of it while earlier events still wait in its buffer: line it up behind them.
  subscription.on('caughtUp', () => void subscription.push({ note: 'caught-up' } satisfies Item));
  try {
    const items: AsyncIterable<Item> = subscription;
    for await (const item of items) {
      if (signal.aborted) return;
      await onItem(item);
    }
  } finally {
    clearTimeout(unconfirmed);
    signal.removeEventListener('abort', abort);
    void subscription.unsubscribe().catch(() => undefined);
  }
}

/** One stream from its start, by revision. */
function streamFeed(stream: string): Feed {
  let last: bigint | undefined;
  return {
    open: (client) => client.subscribeToStream(stream, { fromRevision: last ?? 'start' }, { highWaterMark: BUFFERED }),
    take: (event) => {
      last = event.revision;
      return !isSystemEvent(event);
    },
    skipTo: () => undefined,
  };
}

/** Streams by prefix, or one stream from a position on, by way of the whole ledger with the server's filter. */
function allFeed(filter: StreamFilter, after: Position | 'start'): Feed {
  let last: ClientPosition | undefined = after === 'start' ? undefined : parsePosition(after);
  const prefixes = 'stream' in filter ? [filter.stream] : [...filter.prefixes];
  const note = (subscription: Subscription, position: ClientPosition): void =>
    void subscription.push({ note: 'checkpoint', position } satisfies Item);
  const checkpoints = { checkpointInterval: CHECKPOINT_INTERVAL, checkpointReached: note };
  return {
    open: (client) =>
      client.subscribeToAll(
        {
          fromPosition: last ?? 'start',
          filter:
            prefixes.length > 0 ? streamNameFilter({ prefixes, ...checkpoints }) : excludeSystemEvents(checkpoints),
        },
        { highWaterMark: BUFFERED },
      ),
    take: (event) => {
      last = event.position;
      return !isSystemEvent(event) && (!('stream' in filter) || event.streamId === filter.stream);
    },
    skipTo: (position) => {
      last = position;
    },
  };
}

/** Tells a failure of the subscriber's own code from one of the connection. */
class HandlerFailed extends Error {}

async function handled(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw new HandlerFailed('the handler failed', { cause });
  }
}
