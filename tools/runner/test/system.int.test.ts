import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { app, type Departure, freePort, type ServiceSpec, startSystem, type System } from '../src/index.ts';
import { isAlive } from '../src/processes.ts';
import { fake } from './fake.ts';

let dataDir: string;
let journal: string;
const systems: System[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runner-'));
  journal = join(dataDir, 'journal');
});
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

const start = async (services: ServiceSpec[], options: Partial<Parameters<typeof startSystem>[0]> = {}) => {
  const system = await startSystem({ dataDir, services, handleSignals: false, ...options });
  systems.push(system);
  return system;
};
const noted = async () =>
  (await readFile(journal, 'utf8').catch(() => ''))
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(0, 2).join(' '));
const pidsBegun = async () =>
  [...(await readFile(journal, 'utf8')).matchAll(/^begin \S+ (\d+)$/gm)].map(([, pid]) => Number(pid));
const ask = async (url = '') => (await (await fetch(url)).json()) as { pid: number; upstream: string | null };

describe('a system', () => {
  it('starts each service after those it needs, tells it where they are, and ends in reverse', async () => {
    const services = [
      fake('app', { journal, after: ['store', 'not-here'] }),
      fake('page', { journal, after: ['app'] }),
      fake('store', { journal }),
    ];
    const system = await start(services);
    const { store, app: user } = system.services;
    expect(await ask(user?.url)).toEqual({ pid: user?.pid, upstream: store?.url });
    expect(user).toMatchObject({ state: 'up', restarts: 0, line: { ready: true } });

    await system.stop();
    expect(await noted()).toEqual(['begin store', 'begin app', 'begin page', 'end page', 'end app', 'end store']);
    expect(system.services['app']).toMatchObject({ state: 'stopped', pid: undefined });
    expect((await pidsBegun()).filter(isAlive)).toEqual([]);
    expect(system.services['store']?.peakMemoryBytes).toBeGreaterThan(10_000_000);
  });

  it('keeps what a service prints in its log', async () => {
    const system = await start([fake('store')]);
    await system.stop();
    expect(await readFile(join(dataDir, 'logs', 'store.log'), 'utf8')).toContain(
      'a line that is not the readiness line',
    );
  });

  it('starts a killed service again at the same address, and reports it', async () => {
    const departures: Departure[] = [];
    const system = await start([fake('store')], { onExit: (departure) => departures.push(departure) });
    const before = system.services['store'];
    system.kill('store', 'SIGKILL');
    await vi.waitFor(() => expect(system.services['store']).toMatchObject({ state: 'up', restarts: 1 }), 10_000);
    const after = system.services['store'];
    expect(after?.url).toBe(before?.url);
    expect(await ask(after?.url)).toMatchObject({ pid: after?.pid });
    expect(after?.pid).not.toBe(before?.pid);
    expect(departures).toEqual([
      { service: 'store', code: null, signal: 'SIGKILL', restarting: true, reason: 'ended by SIGKILL' },
    ]);
  });

  it('starts a service again that ended by itself, as often as that happens', async () => {
    const system = await start([fake('store')]);
    for (const restarts of [1, 2]) {
      await fetch(`${system.services['store']?.url}/crash`).catch(() => undefined);
      await vi.waitFor(() => expect(system.services['store']).toMatchObject({ state: 'up', restarts }), 10_000);
    }
  });

  it('leaves it at that where restarts are switched off', async () => {
    const exits: Departure[] = [];
    const system = await start([fake('store')], { restart: false, onExit: (departure) => exits.push(departure) });
    system.kill('store', 'SIGKILL');
    await vi.waitFor(() => expect(exits).toHaveLength(1), 10_000);
    expect(exits[0]).toMatchObject({ service: 'store', restarting: false });
    expect(system.services['store']).toMatchObject({ state: 'down', pid: undefined });
    expect(() => system.kill('store', 'SIGTERM')).toThrow('store is down');
    expect(() => system.kill('other', 'SIGTERM')).toThrow('there is no service other; there are store');
  });

  it('kills a service that is deaf to SIGTERM', async () => {
    const system = await start([fake('store', { fault: 'deaf', journal })], { stopTimeoutMs: 200 });
    await system.stop();
    expect((await pidsBegun()).filter(isAlive)).toEqual([]);
  });
});

describe('a system that cannot start', () => {
  it('shows the last words of the service that ended, and ends the others', async () => {
    const services = [fake('store', { journal }), fake('app', { journal, fault: 'exit', after: ['store'] })];
    await expect(start(services)).rejects.toThrow(
      /^app: ended with exit code 3 before it was ready\. Its last words .*app\.log\):\n {4}no database at postgres:\/\/nowhere$/,
    );
    expect((await pidsBegun()).filter(isAlive)).toEqual([]);
    expect(await noted()).toEqual(['begin store', 'begin app', 'end store']);
  });

  it('gives up on a service that is not ready in time', async () => {
    await expect(start([fake('app', { journal, fault: 'silent', readyTimeoutMs: 600 })])).rejects.toThrow(
      /^app: was not ready within 600 ms\. Its last words/,
    );
    expect((await pidsBegun()).filter(isAlive)).toEqual([]);
  });

  it('names a port that is taken', async () => {
    const port = await freePort();
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    await expect(start([fake('store', { port })])).rejects.toThrow(
      `store: port ${port} is taken by another process. Stop that one, or give store another port.`,
    );
    await new Promise((resolve) => holder.close(resolve));
  });

  it('says what to do when an app is not built', async () => {
    await expect(start([app('nowhere')])).rejects.toThrow(
      /apps\/nowhere\/dist\/main\.js is not there\. Run `npm run build` first\./,
    );
  });

  it('refuses two services of one name and services that wait for each other', async () => {
    await expect(start([fake('a'), fake('a')])).rejects.toThrow('two services are called a');
    await expect(start([fake('a', { after: ['b'] }), fake('b', { after: ['a'] })])).rejects.toThrow(
      'a waits for b waits for a',
    );
  });
});

describe('when the runner goes', () => {
  const runner = async () => {
    const script = fileURLToPath(new URL('./fixtures/runner.ts', import.meta.url));
    const child = spawn(process.execPath, [script, dataDir, journal], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { child, pids: JSON.parse(line) as number[], gone: once(child, 'exit') };
  };

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s, it ends its services in order first', async (signal) => {
    const { child, pids, gone } = await runner();
    child.kill(signal);
    expect((await gone)[0]).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await noted()).slice(2)).toEqual(['end app', 'end store']);
  });

  it('by SIGKILL, its services end nevertheless, in order', async () => {
    const { child, pids, gone } = await runner();
    child.kill('SIGKILL');
    await gone;
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 10_000);
    expect((await noted()).slice(2)).toEqual(['end app', 'end store']);
  });
});
