import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { locateNatsServer } from './locate.ts';

export interface NatsServerOptions {
  /** Made when missing. Holds the streams and the log; a second start on it continues with its data. */
  readonly dataDir: string;
  /** On 127.0.0.1; a free one when left out or 0. */
  readonly port?: number;
  /** Server configuration file; `infra/nats/server.conf` when left out. Port, address and data folder come from here. */
  readonly config?: string;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settled when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Stops in order and waits for the end; kills after ten seconds. The second call does nothing. */
  stop(): Promise<void>;
  /** Sends a signal. Waits for the end, except for SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const projectConfig = fileURLToPath(new URL('../../../../infra/nats/server.conf', import.meta.url));
const readyMs = 15_000;
const stopMs = 10_000;

/**
 * Starts a nats-server with JetStream that listens on the loopback only, and waits until JetStream answers.
 * @throws {Error} with the end of the server's log when it does not come up.
 */
export const startNatsServer = async ({
  dataDir,
  port = 0,
  config = projectConfig,
}: NatsServerOptions): Promise<RunningNatsServer> => {
  const { path } = await locateNatsServer();
  await mkdir(dataDir, { recursive: true });
  const log = join(dataDir, 'nats-server.log');
  const place = ['-c', config, '-a', '127.0.0.1', '-p', String(port || -1), '-js', '-sd', dataDir];
  // The log goes where faults in the configuration go too, which are told before a log file of its own is opened.
  const output = await open(log, 'a');
  const stdio = ['ignore', output.fd, output.fd] as const;
  const child = spawn(path, [...place, '--ports_file_dir', dataDir], { stdio: [...stdio] });
  await output.close();
  const exited = once(child, 'exit').then(() => undefined);
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void exited.finally(() => process.removeListener('exit', endWithUs)).catch(() => undefined);
  try {
    const chosen = await listening(child, dataDir);
    return { url: `nats://127.0.0.1:${chosen}`, port: chosen, pid: pidOf(child), exited, ...controls(child, exited) };
  } catch (error) {
    child.kill('SIGKILL');
    const tail = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5).join('\n  ');
    throw new Error(
      `embedded: nats-server (${path}) did not come up on ${dataDir}: ${(error as Error).message}\n  ${tail}`,
      { cause: error },
    );
  }
};

const pidOf = (child: ChildProcess): number => {
  if (child.pid === undefined) throw new Error('it could not be run');
  return child.pid;
};

const controls = (child: ChildProcess, exited: Promise<void>) => ({
  async stop() {
    if (!child.kill('SIGTERM')) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await exited;
    clearTimeout(timer);
  },
  async kill(signal: NodeJS.Signals = 'SIGKILL') {
    if (!child.kill(signal)) return;
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited;
  },
});

/** The server writes where it listens to a file named by its pid, so that no port needs to be guessed. */
const listening = async (child: ChildProcess, dataDir: string): Promise<number> => {
  const portsFile = join(dataDir, `nats-server_${pidOf(child)}.ports`);
  const deadline = performance.now() + readyMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    const port = portIn(await readFile(portsFile, 'utf8').catch(() => ''));
    if (port !== undefined && (await answersWithJetStream(port))) {
      await rm(portsFile, { force: true });
      return port;
    }
    await delay(10);
  }
  throw new Error(`it was not ready within ${readyMs / 1000} s`);
};

const portIn = (ports: string): number | undefined => {
  const match = /nats:\/\/127\.0\.0\.1:(\d+)/.exec(ports);
  return match ? Number(match[1]) : undefined;
};

const answersWithJetStream = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    let greeting = '';
    socket.setTimeout(1_000, () => answer(false));
    socket.on('error', () => answer(false));
    socket.on('data', (chunk) => {
      greeting += chunk.toString();
      if (greeting.includes('\r\n')) answer(/"jetstream":true/.test(greeting));
    });
  });
