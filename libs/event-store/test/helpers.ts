import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, RecordedEvent } from '../src/index.ts';

/** A name that no other test uses: suites may share one server. */
export const streamName = (category = 'test'): string => `${category}-${randomUUID()}`;

export const event = (data: NewEvent['data'] = {}, type = 'Happened'): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata: { $correlationId: randomUUID() },
});

export const numbered = (from: number, count: number): NewEvent[] =>
  Array.from({ length: count }, (_, index) => event({ n: from + index }));

export const numbersOf = (events: readonly RecordedEvent[]): unknown[] => events.map(({ data }) => data['n']);

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Waits until `condition` holds; `what` names it when it doesn't in time. */
export async function until(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A subscription that keeps what it got. */
export function record(
  store: EventStore,
  filter: Parameters<EventStore['subscribe']>[0],
  after: Parameters<EventStore['subscribe']>[1] = 'start',
  handler: (event: RecordedEvent) => Promise<void> = async () => undefined,
): { events: RecordedEvent[]; caughtUp: number[]; done: Promise<void>; stop: () => Promise<void> } {
  const abort = new AbortController();
  const events: RecordedEvent[] = [];
  const caughtUp: number[] = [];
  const done = store.subscribe(
    filter,
    after,
    async (recorded) => {
      events.push(recorded);
      await handler(recorded);
    },
    { signal: abort.signal, onCaughtUp: () => caughtUp.push(events.length) },
  );
  done.catch(() => undefined);
  return {
    events,
    caughtUp,
    done,
    stop: () => {
      abort.abort();
      return done;
    },
  };
}
