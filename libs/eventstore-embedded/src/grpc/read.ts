import { setImmediate as turn } from 'node:timers/promises';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { EventLog } from '../store/event-log.ts';
import { NO_EVENTS, type StoredEvent } from '../store/types.ts';
import type { Metrics } from '../metrics.ts';
import { internalError, invalidArgument, streamDeleted, streamNameOf } from './errors.ts';
import { filterOf, type Filter } from './filter.ts';
import { eventMessage, sizeOf, streamNotFoundMessage } from './messages.ts';
import { Outlet, type ReadCall } from './outlet.ts';
import { Subscription, type Source } from './subscription.ts';

export interface ReadContext {
  log: EventLog;
  metrics: Metrics;
  /** The open subscriptions, to be told of every commit. */
  subscriptions: Set<Subscription>;
}

type Direction = 'forwards' | 'backwards';

/** `Read`: a stream or `$all`, once or as a subscription. */
export const read =
  (context: ReadContext) =>
  (call: ReadCall): void => {
    const outlet = new Outlet(call);
    serve(context, call.request, outlet).catch((error: unknown) => outlet.end(internalError(error)));
  };

async function serve(context: ReadContext, request: ReadReq, outlet: Outlet): Promise<void> {
  const options = request.getOptions();
  if (!options || (!options.hasStream() && !options.hasAll())) {
    return outlet.end(invalidArgument("Required field 'options' is missing."));
  }
  const stream = streamNameOf(options.getStream()?.getStreamIdentifier());
  if (options.hasStream() && stream === undefined) {
    return outlet.end(invalidArgument("Required field 'stream_identifier' is missing."));
  }
  let filter: Filter | undefined;
  try {
    filter = filterOf(options);
  } catch (error) {
    return outlet.end(invalidArgument(error instanceof Error ? error.message : String(error)));
  }
  if (options.hasSubscription())
    return subscribe(context, sourceOf(context.log, options, stream, filter), options, outlet);
  if (stream !== undefined) {
    const status = context.log.status(stream);
    if (status === 'tombstoned') return outlet.end(streamDeleted(stream));
    if (status !== 'readable') {
      outlet.send(streamNotFoundMessage(stream));
      return outlet.end();
    }
  }
  await readOnce(context, options, stream, filter, outlet);
}

async function subscribe(
  context: ReadContext,
  source: Source,
  options: ReadReq.Options,
  outlet: Outlet,
): Promise<void> {
  const { log, metrics, subscriptions } = context;
  const subscription = new Subscription(log, outlet, source, options.getResolveLinks(), metrics.delivered);
  subscriptions.add(subscription);
  metrics.subscriptions(1);
  try {
    await subscription.run();
  } finally {
    subscriptions.delete(subscription);
    metrics.subscriptions(-1);
  }
}

/** Where a subscription begins: behind the revision or position that it names. */
function sourceOf(
  log: EventLog,
  options: ReadReq.Options,
  stream: string | undefined,
  filter: Filter | undefined,
): Source {
  const place = options.getStream() ?? options.getAll();
  if (stream !== undefined) {
    const from = options.getStream();
    const after = from?.hasRevision() ? BigInt(from.getRevision()) : place?.hasEnd() ? log.headOf(stream) : NO_EVENTS;
    return { kind: 'stream', stream, after };
  }
  const position = options.getAll()?.getPosition();
  const after = position ? BigInt(position.getCommitPosition()) : place?.hasEnd() ? log.head : 0n;
  return { kind: 'all', after, filter };
}

/** How many events are read in one turn when none of them is sent. */
const TURN = 2_000;

async function readOnce(
  context: ReadContext,
  options: ReadReq.Options,
  stream: string | undefined,
  filter: Filter | undefined,
  outlet: Outlet,
): Promise<void> {
  const { log, metrics } = context;
  const direction: Direction = options.getReadDirection() === 1 ? 'backwards' : 'forwards';
  const step = direction === 'forwards' ? 1n : -1n;
  let left = BigInt(options.getCount());
  let from = firstOf(log, options, stream, direction);
  while (left > 0n && !outlet.isClosed) {
    let finished = true;
    let looked = 0;
    const events: Iterable<StoredEvent> =
      stream === undefined ? log.readAll(from, direction) : log.readStream(stream, from, direction);
    for (const event of events) {
      from = (stream === undefined ? event.position : event.revision) + step;
      if (!filter || filter.matches(event)) {
        outlet.send(eventMessage(log, event, options.getResolveLinks()), sizeOf(event));
        metrics.delivered(1);
        left -= 1n;
      }
      finished = false;
      if (left === 0n || outlet.isFull || outlet.isClosed || ++looked >= TURN) break;
      finished = true;
    }
    if (finished) break;
    await outlet.drained();
    await turn();
  }
  outlet.end();
}

/** The revision or position that a read begins at, inclusive. */
function firstOf(log: EventLog, options: ReadReq.Options, stream: string | undefined, direction: Direction): bigint {
  const inStream = options.getStream();
  if (inStream && stream !== undefined) {
    if (inStream.hasRevision()) {
      const revision = BigInt(inStream.getRevision());
      const head = log.headOf(stream);
      return direction === 'backwards' && revision > head ? head : clamp(revision);
    }
    return inStream.hasEnd() ? log.headOf(stream) + (direction === 'forwards' ? 1n : 0n) : 0n;
  }
  const inAll = options.getAll();
  const position = inAll?.getPosition();
  if (position) return clamp(BigInt(position.getCommitPosition()));
  return inAll?.hasEnd() ? log.head + (direction === 'forwards' ? 1n : 0n) : 0n;
}

/** The protocol's numbers are unsigned 64-bit, SQLite's signed. */
const clamp = (value: bigint): bigint => (value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value);
