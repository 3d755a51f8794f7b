import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { startNatsServer } from '@bot-core/embedded/nats';
import { startPostgres } from '@bot-core/embedded/postgres';
import { signalProcess, within } from './processes.ts';
import type { Exit, LaunchContext, Launched, ServiceSpec } from './spec.ts';

type Overrides = Partial<Pick<ServiceSpec, 'name' | 'after' | 'port'>>;

/** A server that `@bot-core/embedded` starts. */
interface EmbeddedServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL for the read models; gives the others DATABASE_URL. */
export const postgres = (overrides: Overrides = {}): ServiceSpec => ({
  name: 'postgres',
  launch: async (context) => launched(await startPostgres(context), context),
  provides: ({ url }) => ({ DATABASE_URL: String(url) }),
  ...overrides,
});

/**
 * nats-server with JetStream; gives the others NATS_URL.
 * @param options.prepare done each time it is up, before anyone else starts; by default the streams and consumers of
 * infra/nats are made where they are missing, and a difference is told and left as it is
 */
export const natsServer = (
  options: { prepare?: (url: string, log: LaunchContext['log']) => Promise<void> } & Overrides = {},
): ServiceSpec => {
  const { prepare = applyStreams, ...overrides } = options;
  return {
    name: 'nats',
    async launch(context) {
      await showLog(context, join(context.dataDir, 'nats-server.log'));
      const server = await startNatsServer(context);
      context.reaper.add(server.pid, 'SIGTERM');
      void server.exited.then(() => context.reaper.remove(server.pid));
      try {
        await prepare(server.url, context.log);
      } catch (error) {
        await server.stop();
        throw error;
      }
      return launched(server, context);
    },
    provides: ({ url }) => ({ NATS_URL: String(url) }),
    ...overrides,
  };
};

const launched = (server: EmbeddedServer, { port }: LaunchContext): Launched => ({
  pid: server.pid,
  line: { ready: true, url: server.url, port },
  exited: server.exited.then((): Exit => ({ code: null, signal: null })),
  async stop(deadlineMs) {
    if (await within(server.stop(), deadlineMs)) return;
    signalProcess(server.pid, 'SIGKILL');
    await server.exited;
  },
});

/** The server writes its log itself: the folder of logs points there. */
const showLog = async ({ logFile }: LaunchContext, target: string): Promise<void> => {
  await mkdir(dirname(logFile), { recursive: true });
  await rm(logFile, { force: true });
  await symlink(relative(dirname(logFile), target), logFile).catch(() => undefined); // no links here: it is where it is
};

const applyStreams = async (url: string, log: LaunchContext['log']): Promise<void> => {
  // Not at the top: it brings Nest along, which a system without a bus does not need.
  const { applyInfrastructure, connectBus, findingsTable, hasDrift, readInfrastructure } =
    await import('@bot-core/jetstream');
  const bus = await connectBus({ url, name: 'runner' });
  try {
    const findings = await applyInfrastructure(bus, await readInfrastructure());
    if (hasDrift(findings))
      log(`streams or consumers differ from infra/nats and were left as they are\n${findingsTable(findings)}`);
  } finally {
    await bus.close();
  }
};
