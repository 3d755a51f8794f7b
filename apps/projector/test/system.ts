import { startNatsServer } from '@bot-core/embedded/nats';
import { connectEventStore, type EventStore, type JsonObject } from '@bot-core/event-store';
import { startEventStore } from '@bot-core/eventstore-embedded';
import { SignalEmitted, subjects, toRecord } from '@bot-core/events';
import { applyInfrastructure, type Bus, connectBus, readInfrastructure } from '@bot-core/jetstream';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Database } from '../src/store/schema.ts';
import type { History } from './history.ts';
import { testPostgres } from './postgres.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));
const built = join(folder, 'dist', 'test');

/** Everything that a projector talks to, real and on this machine. */
export interface System extends AsyncDisposable {
  readonly bus: Bus;
  readonly ledger: EventStore;
  readonly db: Database;
  /** Starts the built service as its own process and waits until it says that it is ready. */
  projector(): Promise<Service>;
  /** Runs the built `rebuild` command to its end. */
  rebuild(): Promise<{ by: string; rows: Record<string, number> }>;
  /** kill -9 of PostgreSQL, then a new start. */
  crashPostgres(): Promise<void>;
  /** kill -9 of nats-server and a new start in an empty folder: everything on the bus is lost. */
  loseBus(): Promise<void>;
  /** Appends a history and publishes its signals, both from their `from`-th on. */
  play(history: History, from?: { fact: number; signal: number }): Promise<void>;
}
export interface Service {
  readonly opsUrl: string;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export const startSystem = async (): Promise<System> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'projector-system-'));
  const [postgres, firstNats, eventStore] = await Promise.all([
    testPostgres(),
    startNatsServer({ dataDir: join(dataDir, 'nats') }),
    startEventStore({ dataDir: join(dataDir, 'ledger') }),
    build('src/main.ts'),
    build('src/rebuild.ts'),
  ]);
  let nats = firstNats;
  const { url, db } = await postgres.fresh();
  const bus = await connectBus({ url: nats.url, name: 'test' });
  await applyInfrastructure(bus, await readInfrastructure());
  const ledger = connectEventStore(eventStore.url);
  const env = { NATS_URL: nats.url, EVENTSTORE_URL: eventStore.url, DATABASE_URL: url, LOG_LEVEL: 'warn' };
  const services: ChildProcess[] = [];
  return {
    ...{ bus, ledger, db },
    projector: async () => {
      const child = spawn(process.execPath, [join(built, 'main.js')], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      services.push(child);
      const [line] = (await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`the projector ended with ${code}`))),
      ])) as [Buffer];
      const { port } = JSON.parse(line.toString()) as { port: number };
      return {
        opsUrl: `http://127.0.0.1:${port}`,
        end: async (signal) => {
          const ended = once(child, 'exit');
          child.kill(signal);
          return (await ended)[0] as number | null;
        },
      };
    },
    rebuild: async () => {
      const { stdout } = await run(process.execPath, [join(built, 'rebuild.js')], { env: { ...process.env, ...env } });
      return JSON.parse(stdout) as { by: string; rows: Record<string, number> };
    },
    crashPostgres: () => postgres.crash(),
    loseBus: async () => {
      await nats.kill('SIGKILL');
      await rm(join(dataDir, 'nats'), { recursive: true });
      nats = await startNatsServer({ dataDir: join(dataDir, 'nats'), port: nats.port });
      const infrastructure = await readInfrastructure();
      await expect.poll(() => bus.link.isUp(), { timeout: 10_000, interval: 20 }).toBe(true);
      await applyInfrastructure(bus, infrastructure);
    },
    play: async ({ facts, signals }, from = { fact: 0, signal: 0 }) => {
      for (const { stream, revision, events } of appendsOf(facts.slice(from.fact))) {
        const records = events.map((event) => {
          const record = toRecord(event, { correlationId: event.id, causationId: event.id, service: 'test' });
          return { ...record, data: record.data as JsonObject };
        });
        await ledger.append(stream, records, revision === 0 ? 'no-stream' : revision - 1);
      }
      const publishing = signals.slice(from.signal).map((data) =>
        bus.publish({
          ...{ id: data.signalId, definition: SignalEmitted, source: 'test', time: data.closeTime, data },
          ...{ correlationId: data.signalId, causationId: data.signalId },
          subject: subjects.signal(data.symbol, data.interval),
        }),
      );
      await Promise.all(publishing);
    },
    async [Symbol.asyncDispose]() {
      for (const child of services) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await bus.close();
      await ledger.close();
      await eventStore.close();
      await nats.stop();
      await postgres[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** As `npm run build` does, into a folder of the tests' own. */
const build = async (entry: string): Promise<void> => {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const args = ['build', '--config', '../../vite.config.ts', '--outDir', built, '--ssr', entry, '--logLevel', 'error'];
  await run(process.execPath, [vite, ...args], { cwd: folder });
};

/** Neighbours in one stream are appended together, ten at most. */
const appendsOf = (facts: History['facts']) => {
  const appends: { stream: string; revision: number; events: History['facts'][number]['event'][] }[] = [];
  for (const { stream, revision, event } of facts) {
    const newest = appends.at(-1);
    if (newest?.stream === stream && newest.events.length < 10) newest.events.push(event);
    else appends.push({ stream, revision, events: [event] });
  }
  return appends;
};
