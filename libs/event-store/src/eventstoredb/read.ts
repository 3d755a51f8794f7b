import type { AllStreamResolvedEvent, EventStoreDBClient, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import { Backoff } from '../backoff.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { ReadAllOptions, ReadOptions, RecordedEvent } from '../port.ts';
import { parsePosition } from '../position.ts';
import type { Connection } from './connection.ts';
import { convert, isSystemEvent } from './convert.ts';
import { classify } from './translate.ts';

type Read = StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent>;

/** Reads a stream. A lost connection is made again and the read goes on behind the last event. */
export async function* readOnce(
  connection: Connection,
  stream: string,
  options: ReadOptions = {},
): AsyncGenerator<RecordedEvent> {
  const direction = options.direction ?? 'forwards';
  const from = options.from ?? (direction === 'forwards' ? 'start' : 'end');
  let left = options.limit ?? Number.MAX_SAFE_INTEGER;
  let next: bigint | 'start' | 'end' = typeof from === 'number' ? BigInt(from) : from;
  if (left <= 0) return;
  const open = (client: EventStoreDBClient): Read =>
    client.readStream(stream, { direction, fromRevision: next, maxCount: left });
  for await (const { event } of reading(connection, `read of ${stream}`, stream, open)) {
    if (!event) continue;
    left -= 1;
    if (!isSystemEvent(event)) yield convert(event);
    if (left === 0 || (direction === 'backwards' && event.revision === 0n)) return;
    next = direction === 'forwards' ? event.revision + 1n : event.revision - 1n;
  }
}

/** Reads the whole ledger forwards; the filter is applied here, for the client can't send one with a read. */
export async function* readAll(connection: Connection, options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
  const { prefixes = [] } = options;
  let after = options.after === undefined ? undefined : parsePosition(options.after);
  let left = options.limit ?? Number.MAX_SAFE_INTEGER;
  if (left <= 0) return;
  const open = (client: EventStoreDBClient): Read => client.readAll({ fromPosition: after ?? 'start' });
  for await (const { event } of reading(connection, 'read of the ledger', '$all', open)) {
    if (!event?.position) continue;
    // The server begins at the position, inclusive.
    if (after && event.position.commit <= after.commit && event.position.prepare <= after.prepare) continue;
    after = event.position;
    if (isSystemEvent(event)) continue;
    if (prefixes.length > 0 && !prefixes.some((prefix) => event.streamId.startsWith(prefix))) continue;
    yield convert(event);
    left -= 1;
    if (left === 0) return;
  }
}

/** Yields what `open` reads; opens again after a failure, and `open` must then ask for what is missing. */
async function* reading(
  connection: Connection,
  what: string,
  stream: string,
  open: (client: EventStoreDBClient) => Read,
): AsyncGenerator<ResolvedEvent> {
  const { attempts } = connection.settings;
  const backoff = new Backoff(connection.settings.backoff);
  for (let attempt = 1; ; attempt += 1) {
    const client = await connection.client(what);
    try {
      for await (const event of watched(open(client), what, connection.settings.deadlineMs)) {
        connection.worked();
        attempt = 1;
        yield event;
      }
      connection.worked();
      return;
    } catch (error) {
      const failure = classify(error, what, stream);
      if (failure.kind === 'stream-not-found') return connection.worked();
      if (failure.kind !== 'transient') throw failure.kind === 'final' ? failure.error : error;
      connection.failed(client, failure.error);
      if (attempt >= attempts || connection.closing.aborted) throw failure.error;
      await backoff.pause(connection.closing);
    }
  }
}

/** Ends a read that gives nothing for `deadlineMs` although somebody waits: the client's reads have no deadline. */
async function* watched(read: Read, what: string, deadlineMs: number): AsyncGenerator<ResolvedEvent> {
  // An error that comes when nobody iterates any more would end the process.
  read.on('error', () => undefined);
  let waitingSince: number | undefined = performance.now();
  const watch = setInterval(() => {
    if (waitingSince === undefined || performance.now() - waitingSince < deadlineMs) return;
    read.destroy(new EventStoreUnavailable(what, `nothing came for ${deadlineMs} ms`));
  }, deadlineMs / 4);
  try {
    for await (const event of read.iterator({ destroyOnReturn: false })) {
      waitingSince = undefined;
      yield event;
      waitingSince = performance.now();
    }
  } finally {
    clearInterval(watch);
    // A reader that leaves early must let the rest run off: the client keeps a call until its stream has been read.
    void read.cancel().catch(() => undefined);
    read.resume();
  }
}
