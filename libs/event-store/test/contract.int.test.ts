import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEventStore } from '@bot-core/eventstore-embedded';
import { connectEventStore, type EventStore } from '../src/index.ts';
import { inMemoryEventStore } from '../src/memory.ts';
import { collect, event, numbered, numbersOf, record, streamName, until } from './helpers.ts';

interface Adapter {
  name: string;
  open: () => Promise<{ store: EventStore; close: () => Promise<void> }>;
}

const adapters: Adapter[] = [
  {
    name: 'in memory',
    open: async () => {
      const store = inMemoryEventStore();
      return { store, close: () => store.close() };
    },
  },
  {
    name: 'EventStoreDB protocol, embedded server',
    open: async () => {
      const server = await startEventStore();
      const store = connectEventStore(server.url);
      return {
        store,
        close: async () => {
          await store.close();
          await server.close();
        },
      };
    },
  },
];
const { EVENTSTORE_URL } = process.env;
if (EVENTSTORE_URL) {
  adapters.push({
    name: 'EventStoreDB protocol, EVENTSTORE_URL',
    open: async () => {
      const store = connectEventStore(EVENTSTORE_URL);
      return { store, close: () => store.close() };
    },
  });
}

describe.each(adapters)('an event store: $name', ({ open }) => {
  let store: EventStore;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await open());
    await store.ping();
  });
  afterAll(() => close());

  describe('append', () => {
    it('stores events with revisions from 0 and gives back what was given', async () => {
      const stream = streamName();
      const given = event({ price: '0.00012', n: null, list: [1, 'ü', { deep: true }], left: undefined });
      const appended = await store.append(stream, [given, event()], 'no-stream');
      expect(appended.nextRevision).toBe(1);
      const [first, second] = await collect(store.read(stream));
      expect(first).toMatchObject({ id: given.id, type: 'Happened', stream, revision: 0, metadata: given.metadata });
      expect(first?.data).toEqual({ price: '0.00012', n: null, list: [1, 'ü', { deep: true }] });
      expect(first?.created).toBeInstanceOf(Date);
      expect(second?.position).toBe(appended.position);
      expect(first && second && first.position < second.position).toBe(true);
    });

    it('refuses an append at a stale revision and writes nothing', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 2), 'no-stream');
      await expect(store.append(stream, numbered(2, 2), 0)).rejects.toMatchObject({
        code: 'revision-conflict',
        stream,
        expected: 0,
        actual: 1,
      });
      expect(numbersOf(await collect(store.read(stream)))).toEqual([0, 1]);
    });

    it('refuses an append at a revision that is not there yet', async () => {
      const stream = streamName();
      await expect(store.append(stream, [event()], 3)).rejects.toMatchObject({
        code: 'revision-conflict',
        actual: 'no-stream',
      });
    });

    it('treats the same event ids at the same place as one append', async () => {
      const stream = streamName();
      const events = numbered(0, 3);
      const once = await store.append(stream, events, 'no-stream');
      await store.append(stream, numbered(3, 1), 2);
      expect(await store.append(stream, events, 'no-stream')).toEqual(once);
      expect(await collect(store.read(stream))).toHaveLength(4);
    });

    it('refuses a batch that is partly stored already', async () => {
      const stream = streamName();
      const [first, second] = numbered(0, 2);
      if (!first || !second) throw new Error('two events expected');
      await store.append(stream, [first], 'no-stream');
      await expect(store.append(stream, [first, second], 'no-stream')).rejects.toMatchObject({
        code: 'revision-conflict',
      });
    });

    it("appends at 'any' wherever the stream is, once for the same ids", async () => {
      const stream = streamName();
      const late = numbered(1, 2);
      await store.append(stream, numbered(0, 1), 'any');
      const appended = await store.append(stream, late, 'any');
      expect(await store.append(stream, late, 'any')).toEqual(appended);
      expect(numbersOf(await collect(store.read(stream)))).toEqual([0, 1, 2]);
    });

    it('lets one of two writers at the same revision win', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 1), 'no-stream');
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => store.append(stream, numbered(n, 1), 0)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await collect(store.read(stream))).toHaveLength(2);
    });

    it.each([
      ['a BigInt', { n: 1n }, 'events[0].data.n'],
      ['undefined in a list', { list: [1, undefined] }, 'events[0].data.list[1]'],
      ['NaN', { deep: { n: Number.NaN } }, 'events[0].data.deep.n'],
      ['Infinity', { n: Number.POSITIVE_INFINITY }, 'events[0].data.n'],
      ['a function', { call: () => 1 }, 'events[0].data.call'],
      ['a Date', { at: new Date(0) }, 'events[0].data.at'],
      ['a Map', { map: new Map() }, 'events[0].data.map'],
    ])('refuses %s and says where it is', async (_, data, path) => {
      const stream = streamName();
      const unsound = { ...event(), data: data as never }; // What the types forbid is what is tested.
      await expect(store.append(stream, [unsound], 'no-stream')).rejects.toMatchObject({ code: 'invalid-event', path });
      expect(await collect(store.read(stream))).toEqual([]);
    });

    it('refuses data that contains itself, no events, no UUID, the same id twice and names of the server', async () => {
      const loop: Record<string, unknown> = {};
      loop['self'] = loop;
      const invalid = expect.objectContaining({ code: 'invalid-event' });
      const twice = event();
      const stream = streamName();
      const refused = (events: ReturnType<typeof event>[], name = stream): Promise<void> =>
        expect(store.append(name, events, 'no-stream')).rejects.toEqual(invalid);
      await refused([{ ...event(), data: loop as never }]);
      await refused([]);
      await refused([{ ...event(), id: 'fill-1' }]);
      await refused([twice, twice]);
      await refused([event({}, '$metadata')]);
      await refused([event()], '$settings');
    });

    it('refuses more than a megabyte at once', async () => {
      const stream = streamName();
      const large = event({ text: 'x'.repeat(1_100_000) });
      await expect(store.append(stream, [large], 'no-stream')).rejects.toMatchObject({ code: 'append-too-large' });
      expect(await collect(store.read(stream))).toEqual([]);
    });
  });

  describe('read', () => {
    it('reads a missing stream as empty', async () => {
      expect(await collect(store.read(streamName()))).toEqual([]);
      expect(await collect(store.read(streamName(), { direction: 'backwards' }))).toEqual([]);
    });

    it.each([
      [{}, [0, 1, 2, 3, 4]],
      [{ from: 3 }, [3, 4]],
      [{ from: 1, limit: 2 }, [1, 2]],
      [{ limit: 0 }, []],
      [{ from: 9 }, []],
      [{ from: 'end' as const }, []],
      [{ direction: 'backwards' as const }, [4, 3, 2, 1, 0]],
      [{ direction: 'backwards' as const, limit: 1 }, [4]],
      [{ direction: 'backwards' as const, from: 1 }, [1, 0]],
      [{ direction: 'backwards' as const, from: 'start' as const }, [0]],
    ])('reads %o', async (options, expected) => {
      const stream = streamName();
      await store.append(stream, numbered(0, 5), 'no-stream');
      expect(numbersOf(await collect(store.read(stream, options)))).toEqual(expected);
    });

    it('can be left before its end', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 500), 'no-stream');
      for await (const { revision } of store.read(stream)) if (revision === 3) break;
      expect(await collect(store.read(stream))).toHaveLength(500);
    });

    it('reads the ledger by prefix, behind a position, in order', async () => {
      const [one, other] = [streamName('one'), streamName('other')];
      const { position } = await store.append(one, numbered(0, 1), 'no-stream');
      await store.append(other, numbered(1, 1), 'no-stream');
      await store.append(one, numbered(2, 2), 0);
      expect(numbersOf(await collect(store.readAll({ prefixes: [one, other] })))).toEqual([0, 1, 2, 3]);
      expect(numbersOf(await collect(store.readAll({ after: position, prefixes: [one] })))).toEqual([2, 3]);
      expect(numbersOf(await collect(store.readAll({ after: position, prefixes: [one, other], limit: 2 })))).toEqual([
        1, 2,
      ]);
      const all = await collect(store.readAll({ after: position }));
      expect(all.every(({ stream, type }) => !stream.startsWith('$') && !type.startsWith('$'))).toBe(true);
    });
  });

  describe('subscribe', () => {
    it('delivers what is there, says so, and goes on live', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 3), 'no-stream');
      const got = record(store, { stream });
      await until('catching up', () => got.caughtUp.length > 0);
      expect(got.caughtUp[0]).toBe(3);
      await store.append(stream, numbered(3, 2), 2);
      await until('the live events', () => got.events.length === 5);
      await got.stop();
      expect(numbersOf(got.events)).toEqual([0, 1, 2, 3, 4]);
    });

    it('waits for a stream that does not exist yet', async () => {
      const stream = streamName();
      const got = record(store, { stream });
      await until('catching up', () => got.caughtUp.length > 0);
      await store.append(stream, numbered(0, 1), 'no-stream');
      await until('the event', () => got.events.length === 1);
      await got.stop();
    });

    it('delivers one stream from behind a position', async () => {
      const stream = streamName();
      const { position } = await store.append(stream, numbered(0, 2), 'no-stream');
      await store.append(`${stream}-longer`, numbered(7, 1), 'no-stream');
      await store.append(stream, numbered(2, 2), 1);
      const got = record(store, { stream }, position);
      await until('the events', () => got.events.length >= 2 && got.caughtUp.length > 0);
      await got.stop();
      expect(numbersOf(got.events)).toEqual([2, 3]);
    });

    it('delivers by prefix from a checkpoint, exclusive, each event once', async () => {
      const prefix = streamName('portfolio');
      const { position } = await store.append(`${prefix}-a`, numbered(0, 40), 'no-stream');
      await store.append(`${prefix}-b`, numbered(40, 40), 'no-stream');
      await store.append(streamName('elsewhere'), numbered(0, 40), 'no-stream');
      const got = record(store, { prefixes: [prefix] }, position);
      const writing = store.append(`${prefix}-a`, numbered(80, 40), 39);
      await until('the events', () => got.events.length >= 80);
      await writing;
      await got.stop();
      expect(numbersOf(got.events)).toEqual(Array.from({ length: 80 }, (_, index) => 40 + index));
    });

    it('reports checkpoints to a subscriber whose events are rare, and they can be gone on from', async () => {
      const prefix = streamName('rare');
      await store.append(streamName('noise'), numbered(0, 500), 'no-stream');
      const abort = new AbortController();
      const positions: string[] = [];
      const subscription = store.subscribe({ prefixes: [prefix] }, 'start', async () => undefined, {
        signal: abort.signal,
        onCheckpoint: async (position) => void positions.push(position),
      });
      await until('a checkpoint', () => positions.length > 0);
      abort.abort();
      await subscription;
      expect(positions).toEqual([...positions].sort());
      await store.append(prefix, numbered(0, 1), 'no-stream');
      const got = record(store, { prefixes: [prefix] }, positions.at(-1) as never); // It was a position above.
      await until('the event', () => got.events.length === 1);
      await got.stop();
    });

    it('runs one handler at a time, in order', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 60), 'no-stream');
      let running = 0;
      let most = 0;
      const got = record(store, { stream }, 'start', async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
      await store.append(stream, numbered(60, 60), 59);
      await until('the events', () => got.events.length === 120);
      await got.stop();
      expect(most).toBe(1);
      expect(numbersOf(got.events)).toEqual(Array.from({ length: 120 }, (_, index) => index));
    });

    it('ends with what the handler threw', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 3), 'no-stream');
      const failure = new Error('the projection is broken');
      const got = record(store, { stream }, 'start', async ({ revision }) => {
        if (revision === 1) throw failure;
      });
      await expect(got.done).rejects.toBe(failure);
      expect(got.events).toHaveLength(2);
    });

    it('stops at the signal, after the handler that is running', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 3), 'no-stream');
      const gate = Promise.withResolvers<void>();
      let finished = 0;
      const got = record(store, { stream }, 'start', async () => {
        await gate.promise;
        finished += 1;
      });
      await until('the first event', () => got.events.length === 1);
      const stopped = got.stop();
      gate.resolve();
      await stopped;
      expect(finished).toBe(1);
      expect(got.events).toHaveLength(1);
    });

    it('does not begin when the signal is aborted already', async () => {
      const stream = streamName();
      await store.append(stream, numbered(0, 1), 'no-stream');
      await store.subscribe({ stream }, 'start', () => Promise.reject(new Error('called')), {
        signal: AbortSignal.abort(),
      });
    });
  });

  it('is up, and closed after close', async () => {
    const { store: own, close: closeOwn } = await open();
    await own.ping();
    expect(own.health().status).toBe('up');
    const got = record(own, { stream: randomUUID() });
    await until('catching up', () => got.caughtUp.length > 0);
    await closeOwn();
    expect(own.health().status).toBe('closed');
    await expect(got.done).rejects.toMatchObject({ code: 'event-store-unavailable' });
    await expect(own.append(streamName(), [event()], 'any')).rejects.toMatchObject({ code: 'event-store-unavailable' });
    await expect(collect(own.read(streamName()))).rejects.toMatchObject({ code: 'event-store-unavailable' });
  });
});
