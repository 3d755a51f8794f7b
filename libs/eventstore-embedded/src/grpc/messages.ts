import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { EventLog } from '../store/event-log.ts';
import type { StoredEvent } from '../store/types.ts';
import { shared, streams } from './protocol.ts';

const { ReadEvent } = streams.ReadResp;

/** A link event points to another; its data is `revision@stream`. */
const LINK_TYPE = '$>';

/** The answer that carries one event. With `resolveLinks` a link comes with what it points to, if that is still there. */
export function eventMessage(log: EventLog, event: StoredEvent, resolveLinks: boolean): ReadResp {
  const message = new ReadEvent().setCommitPosition(String(event.position));
  if (resolveLinks && event.type === LINK_TYPE) {
    const target = log.resolve(event);
    message.setLink(recordOf(event));
    if (target) message.setEvent(recordOf(target));
  } else {
    message.setEvent(recordOf(event));
  }
  return new streams.ReadResp().setEvent(message);
}

function recordOf(event: StoredEvent): InstanceType<typeof ReadEvent.RecordedEvent> {
  const position = String(event.position);
  const record = new ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream)))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(event.data)
    .setCustomMetadata(event.metadata);
  // `created` counts 100 ns ticks.
  record
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', String(event.createdMs * 10_000n));
  return record;
}

/** About how many bytes an event takes on the wire. */
export const sizeOf = (event: StoredEvent): number => event.data.length + event.metadata.length + 256;

export const confirmationMessage = (subscriptionId: string): ReadResp =>
  new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId),
  );

export const checkpointMessage = (position: bigint): ReadResp =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
  );

export const caughtUpMessage = (): ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const fellBehindMessage = (): ReadResp =>
  new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());

export const streamNotFoundMessage = (stream: string): ReadResp =>
  new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
    ),
  );
