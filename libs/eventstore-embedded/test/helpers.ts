import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import {
  binaryEvent,
  EventStoreDBClient,
  jsonEvent,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type JSONEventData,
  type ResolvedEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import { startEventStore, type RunningEventStore } from '../src/index.ts';

/** The server under test: the one that EVENTSTORE_URL names, else an embedded one. */
export function useServer(): { client: EventStoreDBClient; url: string } {
  const context: { client: EventStoreDBClient; url: string } = { client: undefined as never, url: '' }; // Set before any test.
  let server: RunningEventStore | undefined;
  beforeAll(async () => {
    const named = process.env['EVENTSTORE_URL'];
    server = named ? undefined : await startEventStore();
    context.url = named ?? server?.url ?? '';
    context.client = EventStoreDBClient.connectionString(context.url);
  });
  afterAll(async () => {
    await context.client.dispose();
    await server?.close();
  });
  return context;
}

/** A name that no other test uses: suites may share one server. */
export const streamName = (category = 'row'): string => `${category}-${randomUUID()}`;

export const event = (n = 0, type = 'Happened'): JSONEventData => jsonEvent({ id: randomUUID(), type, data: { n } });

export const events = (from: number, count: number): JSONEventData[] =>
  Array.from({ length: count }, (_, index) => event(from + index));

/** A link event to event `revision` of `stream`. */
export const link = (revision: number, stream: string) =>
  binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${stream}`) });

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const numbersOf = (resolved: readonly (ResolvedEvent | AllStreamResolvedEvent)[]): unknown[] =>
  resolved.map(({ event: recorded }) => {
    const data: unknown = recorded?.data;
    return typeof data === 'object' && data !== null ? Reflect.get(data, 'n') : undefined;
  });

export const revisionsOf = (resolved: readonly ResolvedEvent[]): unknown[] =>
  resolved.map(({ event: recorded }) => recorded?.revision);

/** Waits until `condition` holds; `what` names it when it doesn't in time. */
export async function until(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a subscription told, in the order it was told. */
export function follow(subscription: StreamSubscription | AllStreamSubscription): {
  heard: string[];
  got: ResolvedEvent[];
  errors: Error[];
  stop: () => Promise<void>;
} {
  const heard: string[] = [];
  const got: ResolvedEvent[] = [];
  const errors: Error[] = [];
  subscription.on('confirmation', () => heard.push('confirmation'));
  subscription.on('caughtUp', () => heard.push('caughtUp'));
  subscription.on('error', (error) => void errors.push(error));
  subscription.on('data', (resolved: ResolvedEvent) => {
    heard.push('event');
    got.push(resolved);
  });
  return { heard, got, errors, stop: () => subscription.unsubscribe() };
}
