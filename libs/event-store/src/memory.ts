import { setImmediate as turn } from 'node:timers/promises';
import { AppendTooLarge, EventStoreUnavailable, RevisionConflict } from './errors.ts';
import type {
  Appended,
  Checkpoint,
  EventHandler,
  EventStore,
  EventStoreHealth,
  ExpectedRevision,
  JsonObject,
  NewEvent,
  ReadAllOptions,
  ReadOptions,
  RecordedEvent,
  StreamFilter,
  SubscribeOptions,
} from './port.ts';
import { parsePosition, positionOf } from './position.ts';
import { assertAppendable } from './validate.ts';

/** As much as an EventStoreDB server takes at once. */
const MAX_APPEND_BYTES = 1_048_576;

/**
 * A ledger in this process's memory, for tests. Keeps the same contract as the real one.
 * @param now the clock for `created`, by default the real one.
 */
export const inMemoryEventStore = (now: () => Date = () => new Date()): EventStore => new InMemoryEventStore(now);

class InMemoryEventStore implements EventStore {
  readonly #now: () => Date;
  readonly #log: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #closing = new AbortController();
  #changed = Promise.withResolvers<void>();
  #health: EventStoreHealth = { status: 'up', since: new Date() };

  constructor(now: () => Date) {
    this.#now = now;
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    assertAppendable(stream, events);
    this.#assertOpen(`append to ${stream}`);
    const stored = this.#streams.get(stream) ?? [];
    const head = stored.length - 1;
    if (bytesOf(events) > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, MAX_APPEND_BYTES);
    const first = events[0]?.id.toLowerCase();
    const known = expected === 'any' ? stored.findIndex((event) => event.id === first) : -1;
    const at = expected === 'any' ? (known < 0 ? head : known - 1) : expected === 'no-stream' ? -1 : expected;
    if (at < head && events.every((event, index) => stored[at + 1 + index]?.id === event.id.toLowerCase())) {
      return appendedOf(stored[at + events.length]);
    }
    if (at !== head) throw new RevisionConflict(stream, expected, head < 0 ? 'no-stream' : head);
    for (const event of events) {
      const recorded: RecordedEvent = {
        id: event.id.toLowerCase(),
        type: event.type,
        stream,
        revision: stored.length,
        position: positionOf(BigInt(this.#log.length + 1)),
        created: this.#now(),
        data: copy(event.data),
        metadata: copy(event.metadata),
      };
      stored.push(recorded);
      this.#log.push(recorded);
    }
    this.#streams.set(stream, stored);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    return appendedOf(stored.at(-1));
  }

  async *read(stream: string, options: ReadOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#assertOpen(`read of ${stream}`);
    const stored = [...(this.#streams.get(stream) ?? [])];
    const { direction = 'forwards', from = direction === 'forwards' ? 'start' : 'end', limit = Infinity } = options;
    const end = direction === 'forwards' ? stored.length : stored.length - 1;
    const start = from === 'start' ? 0 : from === 'end' ? end : from;
    const found = direction === 'forwards' ? stored.slice(start) : stored.slice(0, start + 1).reverse();
    for (const event of found.slice(0, limit)) yield delivered(event);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#assertOpen('read of the ledger');
    const { prefixes = [], limit = Infinity } = options;
    const found = this.#log
      .slice(indexBehind(options.after ?? 'start'))
      .filter((event) => matches({ prefixes }, event));
    for (const event of found.slice(0, limit)) yield delivered(event);
  }

  async subscribe(
    filter: StreamFilter,
    after: Checkpoint | 'start',
    handler: EventHandler,
    options: SubscribeOptions,
  ): Promise<void> {
    this.#assertOpen('subscription');
    let next = indexBehind(after);
    let isLive = false;
    await turn();
    while (!options.signal.aborted && !this.#closing.signal.aborted) {
      const event = this.#log[next];
      if (event) {
        next += 1;
        if (matches(filter, event)) await handler(delivered(event));
        continue;
      }
      const last = this.#log.at(-1);
      if (last && 'prefixes' in filter) await options.onCheckpoint?.(last.position);
      if (next < this.#log.length) continue;
      if (!isLive) options.onCaughtUp?.();
      isLive = true;
      await Promise.race([this.#changed.promise, aborted(options.signal), aborted(this.#closing.signal)]);
    }
    if (!options.signal.aborted) throw new EventStoreUnavailable('subscription', 'the connection was closed');
  }

  async ping(): Promise<void> {
    this.#assertOpen('ping');
  }

  health(): EventStoreHealth {
    return this.#health;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#health = { status: 'closed', since: new Date() };
  }

  #assertOpen(what: string): void {
    if (this.#closing.signal.aborted) throw new EventStoreUnavailable(what, 'the connection was closed');
  }
}

/** What goes through a server and back: nobody holds the same object. */
const copy = (value: JsonObject): JsonObject => JSON.parse(JSON.stringify(value));

const delivered = (event: RecordedEvent): RecordedEvent => ({
  ...event,
  data: copy(event.data),
  metadata: copy(event.metadata),
});

const bytesOf = (events: readonly NewEvent[]): number =>
  events.reduce(
    (sum, { type, data, metadata }) =>
      sum + 2 * type.length + Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata)),
    0,
  );

function appendedOf(last: RecordedEvent | undefined): Appended {
  if (!last) throw new Error('event store: an append of no events');
  return { nextRevision: last.revision, position: last.position };
}

const indexBehind = (after: Checkpoint | 'start'): number =>
  after === 'start' ? 0 : Number(parsePosition(after).commit);

function matches(filter: StreamFilter, event: RecordedEvent): boolean {
  if ('stream' in filter) return event.stream === filter.stream;
  return filter.prefixes.length === 0 || filter.prefixes.some((prefix) => event.stream.startsWith(prefix));
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );
