import type { RecordedEvent as ClientEvent } from '@eventstore/db-client';
import { UnreadableEvent } from '../errors.ts';
import { positionOf } from '../position.ts';
import type { JsonObject, RecordedEvent } from '../port.ts';

/** Whether an event is the server's own business. */
export const isSystemEvent = (event: { streamId: string; type: string }): boolean =>
  event.type.startsWith('$') || event.streamId.startsWith('$');

/** @throws {UnreadableEvent} when it holds no JSON object. */
export function convert(event: ClientEvent): RecordedEvent {
  const { streamId, revision, position } = event;
  if (!event.isJson) throw new UnreadableEvent(streamId, revision, 'it is not JSON');
  if (!position)
    throw new UnreadableEvent(streamId, revision, 'the server gave no position (versions before 21.10 do so)');
  return {
    id: event.id,
    type: event.type,
    stream: streamId,
    revision: Number(revision),
    position: positionOf(position.commit, position.prepare),
    created: event.created,
    data: objectOf(event.data, event, 'data'),
    metadata: event.metadata === undefined ? {} : objectOf(event.metadata, event, 'metadata'),
  };
}

function objectOf(value: unknown, event: ClientEvent, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return value as JsonObject; // It came out of JSON.parse.
  }
  throw new UnreadableEvent(event.streamId, event.revision, `its ${what} is no JSON object`);
}
