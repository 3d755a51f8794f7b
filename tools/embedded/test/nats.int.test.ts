import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateNatsServer, startNatsServer } from '../src/nats.ts';
import { withLock } from '../src/nats/lock.ts';
import { fetchRelease } from '../src/nats/release.ts';
import { isRecentEnough } from '../src/nats/version.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bot-core-nats-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const greeting = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });

describe('a nats-server', () => {
  it('is at least 2.10', async () => {
    const { version } = await locateNatsServer();
    expect(isRecentEnough(version)).toBe(true);
    expect(isRecentEnough('2.9.25')).toBe(false);
  });

  it('listens with JetStream on a free port, ends when killed, and starts again on port and data', async () => {
    const first = await startNatsServer({ dataDir: folder });
    expect(await greeting(first.port)).toContain('"jetstream":true');
    await first.kill('SIGKILL');
    await expect(greeting(first.port)).rejects.toThrow('ECONNREFUSED');
    const second = await startNatsServer({ dataDir: folder, port: first.port });
    expect(second.url).toBe(first.url);
    await second.stop();
    await second.stop();
    await second.exited;
    await expect(greeting(first.port)).rejects.toThrow('ECONNREFUSED');
  });

  it('shows the end of its log when it does not come up', async () => {
    const config = join(folder, 'bad.conf');
    await writeFile(config, 'jetstream { sync_interval: "often" }\n');
    await expect(startNatsServer({ dataDir: folder, config })).rejects.toThrow(/did not come up on .*sync_interval/s);
  });

  it('shows that its port is taken', async () => {
    const holder = await startNatsServer({ dataDir: join(folder, 'a') });
    const taken = startNatsServer({ dataDir: join(folder, 'b'), port: holder.port });
    await expect(taken).rejects.toThrow(/address already in use/);
    await holder.stop();
  });
});

describe('the lock', () => {
  it('lets one work at a time', async () => {
    const lock = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(lock, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await readdir(folder);
        inside -= 1;
      });
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from a process that has died', async () => {
    const lock = join(folder, 'lock');
    await withLock(lock, async () => {
      await writeFile(join(lock, 'pid'), '999999999');
      await withLock(lock, async () => expect(await readFile(join(lock, 'pid'), 'utf8')).toBe(String(process.pid)));
    });
  });
});

describe('the official release', () => {
  it('is refused when its checksum is another', async () => {
    const forged: typeof fetch = async () => new Response('not the server');
    await expect(fetchRelease(folder, forged)).rejects.toThrow(/has the SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what could not be had', async () => {
    const absent: typeof fetch = async () => new Response('', { status: 404 });
    await expect(fetchRelease(folder, absent)).rejects.toThrow(/nats-server-v.*\.tar\.gz can't be had: HTTP 404/);
  });
});
