import { InvalidEvent } from './errors.ts';
import type { NewEvent } from './port.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_DEPTH = 100;

/**
 * Checks that events will be stored as they are. The client can't be trusted with it: a BigInt makes it hang for ever,
 * and what JSON has no word for it silently changes.
 * @throws {InvalidEvent} naming the first fault.
 */
export function assertAppendable(stream: string, events: readonly NewEvent[]): void {
  if (stream === '' || stream.startsWith('$')) {
    throw new InvalidEvent('stream', `must be a name that doesn't begin with $ (the server's own), not '${stream}'`);
  }
  if (events.length === 0) throw new InvalidEvent('events', 'is empty. Append at least one event.');
  const ids = new Set<string>();
  events.forEach((event, index) => {
    const path = `events[${index}]`;
    if (!UUID.test(event.id)) throw new InvalidEvent(`${path}.id`, `must be a UUID, not '${event.id}'`);
    if (ids.has(event.id)) throw new InvalidEvent(`${path}.id`, `is ${event.id} again. Each event needs its own id.`);
    ids.add(event.id);
    if (event.type === '' || event.type.startsWith('$')) {
      throw new InvalidEvent(`${path}.type`, `must be a name that doesn't begin with $, not '${event.type}'`);
    }
    assertObject(event.data, `${path}.data`);
    assertObject(event.metadata, `${path}.metadata`);
  });
}

function assertObject(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidEvent(path, 'must be an object');
  }
  assertJson(value, path, 0);
}

function assertJson(value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      throw new InvalidEvent(path, `is ${value}, which JSON has no word for`);
    case 'object':
      if (value === null) return;
      if (depth > MAX_DEPTH) throw new InvalidEvent(path, 'is nested too deeply, or contains itself');
      if (Array.isArray(value)) {
        value.forEach((item, index) => assertJson(item, `${path}[${index}]`, depth + 1));
        return;
      }
      return assertPlain(value, path, depth);
    default:
      throw new InvalidEvent(path, `is a ${typeof value}, which JSON has no word for. Write it as text.`);
  }
}

function assertPlain(value: object, path: string, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InvalidEvent(
      path,
      `is a ${value.constructor.name}, not a plain object. Write it as text or as plain fields.`,
    );
  }
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) assertJson(item, `${path}.${key}`, depth + 1);
  }
}
