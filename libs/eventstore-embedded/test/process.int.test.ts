import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  EventStoreDBClient,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
} from '@eventstore/db-client';
import { startEventStore } from '../src/index.ts';
import { collect, event, events, follow, numbersOf, streamName, until } from './helpers.ts';
import { startProcess, temporaryFolder } from './process.ts';

const clientOf = (url: string): EventStoreDBClient => EventStoreDBClient.connectionString(url);

describe('the server process', () => {
  it('loses no acknowledged append when it is killed (kill -9) while a client appends', async () => {
    using data = temporaryFolder();
    const stream = streamName();
    let acknowledged = 0;
    {
      await using server = await startProcess(['--port', '0', '--data', data.path]);
      const client = clientOf(server.url);
      const appending = (async () => {
        for (let n = 0; ; n += 1) {
          await client.appendToStream(stream, event(n), { expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1) });
          acknowledged = n + 1;
        }
      })();
      const ended = Promise.allSettled([appending]);
      await until('200 appends', () => acknowledged >= 200);
      await server.stop('SIGKILL');
      expect(await ended).toMatchObject([{ status: 'rejected' }]);
      await client.dispose();
    }
    await using again = await startProcess(['--port', '0', '--data', data.path]);
    const client = clientOf(again.url);
    const numbers = numbersOf(await collect(client.readStream(stream)));
    await client.dispose();
    expect(acknowledged).toBeGreaterThanOrEqual(200);
    // One more may have been stored whose answer never came.
    expect(numbers.length - acknowledged).toBeOneOf([0, 1]);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => n));
  });

  it('keeps positions, revisions and metadata over a clean restart, and ends with exit code 0', async () => {
    using data = temporaryFolder();
    const stream = streamName();
    let before;
    {
      await using server = await startProcess(['--port', '0', '--data', data.path]);
      const client = clientOf(server.url);
      await client.appendToStream(stream, events(0, 4));
      await client.setStreamMetadata(stream, { maxCount: 3 });
      before = await collect(client.readStream(stream));
      follow(client.subscribeToStream(stream));
      await client.dispose();
      expect(await server.stop('SIGTERM')).toBe(0);
    }
    await using again = await startProcess(['--port', '0', '--data', data.path]);
    const client = clientOf(again.url);
    expect(await collect(client.readStream(stream))).toEqual(before);
    const { nextExpectedRevision, position } = await client.appendToStream(stream, event(4), { expectedRevision: 3n });
    await client.dispose();
    expect(nextExpectedRevision).toBe(4n);
    expect((position?.commit ?? 0n) > (before.at(-1)?.event?.position?.commit ?? 0n)).toBe(true);
  });

  it('stops within its grace although subscriptions are open, and tells them UNAVAILABLE', async () => {
    const server = await startEventStore();
    const client = clientOf(server.url);
    const { heard, errors } = follow(client.subscribeToStream(streamName()));
    await until('caughtUp', () => heard.includes('caughtUp'));
    await server.close();
    await until('the error', () => errors.length > 0);
    expect(errors[0]).toMatchObject({ type: 'unavailable' });
    await client.dispose();
  });

  it('refuses a folder that another process uses, saying so', async () => {
    using data = temporaryFolder();
    await using _server = await startProcess(['--port', '0', '--data', data.path]);
    await expect(startProcess(['--port', '0', '--data', data.path])).rejects.toThrow(/in use by another process/);
  });

  it('refuses a folder that newer code wrote, and leaves it alone', async () => {
    using data = temporaryFolder();
    const file = join(data.path, 'events.sqlite');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99; CREATE TABLE later (x)');
    database.close();
    await expect(startEventStore({ dataDir: data.path })).rejects.toMatchObject({ code: 'data-folder-newer' });
    const after = new DatabaseSync(file);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    after.close();
  });

  it('refuses a folder that can not be written, saying so', async () => {
    using data = temporaryFolder();
    const file = join(data.path, 'a-file');
    writeFileSync(file, '');
    await expect(startEventStore({ dataDir: join(file, 'folder') })).rejects.toMatchObject({
      code: 'data-folder-unusable',
    });
    writeFileSync(
      join(data.path, 'events.sqlite'),
      'this is no database, but it is long enough to look like one '.repeat(20),
    );
    await expect(startEventStore({ dataDir: data.path })).rejects.toThrow(/can't be used: file is not a database/);
  });

  it('refuses a port that is taken, saying so, and holds nothing afterwards', async () => {
    using data = temporaryFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startEventStore({ port, dataDir: data.path })).rejects.toMatchObject({ code: 'cannot-listen' });
    other.close();
    const server = await startEventStore({ dataDir: data.path });
    await server.close();
  });

  it('refuses a port that is none', async () => {
    await expect(startProcess(['--port', 'high'])).rejects.toThrow(/--port must be a port number/);
  });

  it('serves health and metrics', async () => {
    using data = temporaryFolder();
    await using server = await startProcess(['--port', '0', '--data', data.path, '--http-port', '0']);
    const base = `http://127.0.0.1:${server.httpPort}`;
    const client = clientOf(server.url);
    await client.appendToStream(streamName(), events(0, 3));
    const { heard } = follow(client.subscribeToStream(streamName()));
    await until('caughtUp', () => heard.includes('caughtUp'));
    expect((await fetch(`${base}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${base}/health/ready`)).json()).toEqual({ status: 'up' });
    expect((await fetch(`${base}/elsewhere`)).status).toBe(404);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    expect(metrics).toContain('eventstore_events_appended_total 3\n');
    expect(metrics).toContain('eventstore_appends_total{outcome="appended"} 1\n');
    expect(metrics).toContain('eventstore_subscriptions 1\n');
    expect(metrics).toContain('eventstore_append_duration_seconds_count 1\n');
    await client.dispose();
  });
});

describe('the node as clients see it', () => {
  it('is found by gossip: one member, the leader', async () => {
    const server = await startEventStore();
    const client = clientOf(`esdb+discover://127.0.0.1:${server.port}?tls=false`);
    await client.appendToStream(streamName(), event());
    await client.dispose();
    const cluster = clientOf(`esdb://127.0.0.1:${server.port},127.0.0.1:1?tls=false`);
    await cluster.appendToStream(streamName(), event());
    await cluster.dispose();
    await server.close();
  });

  it('answers what it does not serve with UNIMPLEMENTED', async () => {
    const server = await startEventStore();
    const client = clientOf(server.url);
    const unimplemented = expect.objectContaining({ code: 12 });
    const settings = persistentSubscriptionToStreamSettingsFromDefaults();
    await expect(client.createPersistentSubscriptionToStream('s', 'g', settings)).rejects.toEqual(unimplemented);
    await expect(client.createProjection('p', 'fromAll()')).rejects.toEqual(unimplemented);
    await client.dispose();
    await server.close();
  });

  it('keeps little in memory for a subscriber that does not read', async () => {
    using data = temporaryFolder();
    await using server = await startProcess(['--port', '0', '--data', data.path, '--http-port', '0']);
    const client = clientOf(server.url);
    const resident = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text();
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 2 ** 20;
    };
    const stalled = Array.from({ length: 5 }, () =>
      client.subscribeToAll({}, { highWaterMark: 1 }).on('error', () => undefined),
    );
    for (const subscription of stalled) subscription.pause();
    const stream = streamName();
    const large = () => jsonEvent({ type: 'Large', data: { text: 'x'.repeat(8_000) } });
    const append = (batches: number): Promise<unknown> =>
      Array.from({ length: batches }).reduce<Promise<unknown>>(
        (before) => before.then(() => client.appendToStream(stream, Array.from({ length: 100 }, large))),
        Promise.resolve(),
      );
    await append(20);
    const before = await resident();
    await append(60);
    const grown = (await resident()) - before;
    await Promise.all(stalled.map((subscription) => subscription.unsubscribe()));
    await client.dispose();
    // 5 subscribers × 48 MB are waiting for them; a queue each would hold 240 MB.
    expect(grown).toBeLessThan(100);
  });
});
