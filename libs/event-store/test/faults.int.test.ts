import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startEventStore } from '@bot-core/eventstore-embedded';
import { connectEventStore, type ConnectOptions, type EventStoreHealth } from '../src/index.ts';
import { collect, event, numbered, numbersOf, record, streamName, until } from './helpers.ts';
import { MortalServer, Proxy } from './faults.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
/** Quick to notice and to come back, so that the tests are. */
const quick: ConnectOptions = { deadlineMs: 1_000, attempts: 30, backoff: { minDelayMs: 20, maxDelayMs: 200 } };

describe('the ledger when its server fails', () => {
  it('loses and doubles nothing that is appended while the server is killed and comes back', async () => {
    await using server = await MortalServer.start();
    const store = connectEventStore(server.url, quick);
    const stream = streamName();
    let appended = 0;
    let done = false;
    const appending = (async () => {
      for (; !done || appended < 100; appended += 1) {
        await store.append(stream, numbered(appended, 1), appended === 0 ? 'no-stream' : appended - 1);
      }
    })();
    const others = [1, 2, 3].map(async () => {
      const other = streamName();
      for (let n = 0; !done || n < 50; n += 1) await store.append(other, numbered(n, 1), n === 0 ? 'no-stream' : n - 1);
      const numbers = numbersOf(await collect(store.read(other)));
      expect(numbers).toEqual(upTo(numbers.length));
    });
    for (let round = 1; round <= 3; round += 1) {
      const enough = appended + 30;
      await until('appends to go on', () => appended >= enough);
      await server.kill();
      await server.start();
    }
    done = true;
    await Promise.all([appending, ...others]);
    expect(numbersOf(await collect(store.read(stream)))).toEqual(upTo(appended));
    await store.close();
  });

  it('delivers each event once, in order, to subscribers whose server is killed and comes back', async () => {
    await using server = await MortalServer.start();
    const store = connectEventStore(server.url, quick);
    const stream = streamName();
    await store.append(stream, numbered(0, 400), 'no-stream');
    const inStream = record(store, { stream });
    const byPrefix = record(store, { prefixes: [stream] });
    let next = 400;
    for (let round = 1; round <= 3; round += 1) {
      const enough = next - 200;
      await until('events', () => inStream.events.length >= enough && byPrefix.events.length >= enough);
      await server.kill();
      await server.start();
      await store.append(stream, numbered(next, 200), next - 1);
      next += 200;
    }
    await until('all events', () => inStream.events.length >= next && byPrefix.events.length >= next);
    await inStream.stop();
    await byPrefix.stop();
    expect(numbersOf(inStream.events)).toEqual(upTo(next));
    expect(numbersOf(byPrefix.events)).toEqual(upTo(next));
    await store.close();
  });

  it('comes back soon after a long outage, and says how it stands', async () => {
    await using server = await MortalServer.start();
    const seen: EventStoreHealth['status'][] = [];
    const store = connectEventStore(server.url, { ...quick, onHealth: ({ status }) => seen.push(status) });
    const stream = streamName();
    const got = record(store, { stream });
    await until('catching up', () => got.caughtUp.length === 1);
    expect(store.health().status).toBe('up');
    await server.kill();
    await until('noticing', () => store.health().status === 'reconnecting');
    expect(store.health().error).toBeTruthy();
    // Long enough for the pauses between tries to have grown.
    const outage = Date.now() + 4_000;
    await until('the outage to last', () => Date.now() > outage);
    await server.start();
    await until('coming back', () => got.caughtUp.length === 2, 2_000);
    await store.append(stream, numbered(0, 1), 'no-stream');
    await until('the event', () => got.events.length === 1);
    await got.stop();
    await store.close();
    expect(seen).toEqual(['up', 'reconnecting', 'up', 'closed']);
  });

  it.each(['no-stream', 'any'] as const)(
    'an append (%s) whose answer was lost is stored once, and answered',
    async (expected) => {
      const server = await startEventStore();
      await using proxy = await Proxy.start(server.url);
      const direct = connectEventStore(server.url);
      const store = connectEventStore(proxy.url, quick);
      await store.ping();
      const stream = streamName();
      proxy.swallowing = true;
      const appending = store.append(stream, numbered(0, 3), expected);
      while ((await collect(direct.read(stream))).length === 0);
      proxy.cut();
      proxy.swallowing = false;
      const appended = await appending;
      const stored = await collect(direct.read(stream));
      expect(numbersOf(stored)).toEqual([0, 1, 2]);
      expect(appended).toEqual({ nextRevision: 2, position: stored[2]?.position });
      await store.close();
      await direct.close();
      await server.close();
    },
  );

  it('goes on with a read and a subscription whose connection is cut', async () => {
    const server = await startEventStore();
    await using proxy = await Proxy.start(server.url);
    const store = connectEventStore(proxy.url, quick);
    const stream = streamName();
    for (let n = 0; n < 3_000; n += 1_500)
      await store.append(stream, numbered(n, 1_500), n === 0 ? 'no-stream' : n - 1);
    const got = record(store, { stream });
    const read: unknown[] = [];
    for await (const { data } of store.read(stream)) {
      read.push(data['n']);
      if (read.length % 1_000 === 1) proxy.cut();
    }
    expect(read).toEqual(upTo(3_000));
    const backwards: unknown[] = [];
    for await (const { data } of store.read(stream, { direction: 'backwards', limit: 2_500 })) {
      backwards.push(data['n']);
      if (backwards.length === 100) proxy.cut();
    }
    expect(backwards).toEqual(upTo(3_000).reverse().slice(0, 2_500));
    await until('the subscription', () => got.events.length >= 3_000);
    await got.stop();
    expect(numbersOf(got.events)).toEqual(upTo(3_000));
    await store.close();
    await server.close();
  });

  it('gives up on a server that never answers, within its deadline and attempts', async () => {
    // It takes connections and says nothing.
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const store = connectEventStore(`esdb://127.0.0.1:${port}?tls=false`, { ...quick, deadlineMs: 200, attempts: 2 });
    const unavailable = expect.objectContaining({ code: 'event-store-unavailable' });
    await expect(store.append(streamName(), [event()], 'no-stream')).rejects.toEqual(unavailable);
    await expect(collect(store.read(streamName()))).rejects.toEqual(unavailable);
    await expect(store.ping()).rejects.toEqual(unavailable);
    await store.close();
    silent.close();
  });

  it('gives up on a server that is not there, and finds it when it comes', async () => {
    const reserved = await startEventStore();
    await reserved.close();
    const store = connectEventStore(reserved.url, { ...quick, attempts: 2 });
    await expect(store.append(streamName(), [event()], 'any')).rejects.toMatchObject({
      code: 'event-store-unavailable',
    });
    const stream = streamName();
    const got = record(store, { stream });
    const server = await startEventStore({ port: reserved.port });
    await until('catching up', () => got.caughtUp.length === 1);
    await store.append(stream, numbered(0, 1), 'no-stream');
    await until('the event', () => got.events.length === 1);
    await got.stop();
    await store.close();
    await server.close();
  });

  it('stores an append once although the server hung over it', async () => {
    await using server = await MortalServer.start();
    const store = connectEventStore(server.url, { ...quick, deadlineMs: 300 });
    const stream = streamName();
    await store.append(stream, numbered(0, 1), 'no-stream');
    server.signal('SIGSTOP');
    const appending = store.append(stream, numbered(1, 1), 0);
    await until('noticing', () => store.health().status === 'reconnecting');
    server.signal('SIGCONT');
    expect((await appending).nextRevision).toBe(1);
    expect(numbersOf(await collect(store.read(stream)))).toEqual([0, 1]);
    await store.close();
  });

  it('lets several ledgers live in one process: the end of one does not touch the other', async () => {
    const server = await startEventStore();
    const first = connectEventStore(server.url, quick);
    const second = connectEventStore(server.url, quick);
    const stream = streamName();
    let stop = false;
    const appending = (async () => {
      let n = 0;
      for (; !stop || n < 50; n += 1) await second.append(stream, numbered(n, 1), n === 0 ? 'no-stream' : n - 1);
      return n;
    })();
    for (let n = 0; n < 20; n += 1) await first.append(streamName(), [event()], 'no-stream');
    await first.close();
    const third = connectEventStore(server.url, quick);
    await third.append(streamName(), [event()], 'no-stream');
    await third.close();
    stop = true;
    const appended = await appending;
    expect(await collect(second.read(stream))).toHaveLength(appended);
    await second.close();
    await server.close();
  });

  it('a slow handler holds the server back: a bounded part of what waits is sent', async () => {
    await using server = await MortalServer.start();
    const store = connectEventStore(server.url, quick);
    const stream = streamName();
    const text = 'x'.repeat(2_000);
    for (let n = 0; n < 8_000; n += 400) {
      const batch = Array.from({ length: 400 }, (_, index) => event({ n: n + index, text }));
      await store.append(stream, batch, n === 0 ? 'no-stream' : n - 1);
    }
    const gate = Promise.withResolvers<void>();
    const got = record(store, { stream }, 'start', () => gate.promise);
    await until('the first event', () => got.events.length === 1);
    // What is under way settles: the same figure twice.
    let sent = 0;
    for (let before = -1; sent !== before;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      sent = await server.metric('eventstore_events_delivered_total');
    }
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(1_000);
    gate.resolve();
    await until('all events', () => got.events.length === 8_000);
    await got.stop();
    await store.close();
  });
});
