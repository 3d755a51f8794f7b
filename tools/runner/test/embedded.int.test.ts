import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyInfrastructure, connectBus, readInfrastructure } from '@bot-core/jetstream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Departure, eventStore, natsServer, postgres, startSystem, type System } from '../src/index.ts';
import { isAlive } from '../src/processes.ts';
import { fake } from './fake.ts';

let dataDir: string;
let system: System | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'runner-'));
});
afterEach(async () => {
  await system?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** True when something listens there. */
const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });

it('makes the streams and consumers of infra/nats before it lets anyone start', async () => {
  system = await startSystem({ dataDir, services: [natsServer()], handleSignals: false });
  const bus = await connectBus({ url: system.services['nats']?.url ?? '', name: 'test' });
  try {
    const findings = await applyInfrastructure(bus, await readInfrastructure());
    expect(findings.length).toBeGreaterThan(3);
    expect(findings.filter(({ status }) => status !== 'unchanged')).toEqual([]);
  } finally {
    await bus.close();
  }
});

it('runs the real servers, each killed one back at the same address with what prepares it done again', async () => {
  const prepared: string[] = [];
  const departures: Departure[] = [];
  system = await startSystem({
    dataDir,
    services: [
      natsServer({ prepare: async (url) => void prepared.push(url) }),
      eventStore(),
      postgres(),
      fake('app', { after: ['nats', 'eventstore', 'postgres'] }),
    ],
    handleSignals: false,
    onExit: (departure) => departures.push(departure),
  });
  const before = system.services;
  const pids = Object.values(before).map(({ pid }) => pid);
  expect(before['nats']?.url).toBe(`nats://127.0.0.1:${before['nats']?.port}`);
  expect(before['eventstore']?.url).toMatch(/^esdb:/);
  expect(before['postgres']?.url).toMatch(/^postgres/);
  expect(prepared).toEqual([before['nats']?.url]);

  for (const name of ['nats', 'eventstore', 'postgres']) system.kill(name, 'SIGKILL');
  await vi.waitFor(
    () => {
      const now = system?.services ?? {};
      for (const name of ['nats', 'eventstore', 'postgres'])
        expect(now[name]).toMatchObject({ state: 'up', restarts: 1 });
    },
    { timeout: 20_000 },
  );
  for (const name of ['nats', 'eventstore', 'postgres']) {
    const port = before[name]?.port ?? 0;
    expect(system.services[name]?.port).toBe(port);
    expect(await accepts(port)).toBe(true);
  }
  expect(prepared).toHaveLength(2);
  expect(departures.map(({ service }) => service).sort()).toEqual(['eventstore', 'nats', 'postgres']);

  pids.push(...Object.values(system.services).map(({ pid }) => pid));
  await system.stop();
  expect(pids.filter((pid) => pid === undefined || isAlive(pid))).toEqual([]);
  expect(system.services['postgres']?.peakMemoryBytes).toBeGreaterThan(5_000_000);
});
