import type { ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import type { Account } from './account.ts';
import { postmasterPid } from './leftover.ts';

/**
 * Starts the server given as arguments and asks it to stop (SIGINT, PostgreSQL's fast shutdown) when standard input ends:
 * so it goes with its starter, even when that is killed.
 */
const withStarter = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -INT $server; } 2>/dev/null &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status
`;

const startMs = 60_000;
const stopMs = 20_000;
const logLinesKept = 20;

export interface ServerProcess {
  readonly pid: number;
  /** Settled when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** The port is somebody else's. */
export class PortTaken extends Error {
  readonly code = 'port-taken';
  constructor(port: number) {
    super(
      `postgres: port ${port} on 127.0.0.1 is taken. Free it, choose another, or leave the port out for a free one.`,
    );
    this.name = 'PortTaken';
  }
}

/** @throws {PortTaken} @throws {Error} with the server's last words when it does not come up. */
export const startServer = async (
  postgres: string,
  folder: string,
  port: number,
  account: Account,
): Promise<ServerProcess> => {
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'log_destination=stderr'];
  const server = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])];
  const child = account.spawn('/bin/sh', ['-c', withStarter, 'sh', postgres, ...server], ['pipe', 'ignore', 'pipe']);
  child.stdin?.on('error', () => undefined); // the shell may be gone first
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const stop = () => stopServer(child, exited);
  try {
    await ready(child, exited, port);
    const pid = await postmasterPid(folder);
    if (!pid) throw new Error(`postgres: ${folder}/postmaster.pid is missing although the server runs.`);
    return { pid, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const ready = async (child: ChildProcess, exited: Promise<void>, port: number): Promise<void> => {
  const log: string[] = [];
  const failed = (why: string) => new Error(`postgres: the server ${why}. It said:\n${log.join('\n')}`);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.stderr?.on('data', (chunk: Buffer) => {
        log.push(...chunk.toString().trimEnd().split('\n'));
        log.splice(0, log.length - logLinesKept);
        if (log.some((line) => line.includes('Address already in use'))) reject(new PortTaken(port));
        else if (log.some((line) => line.includes('ready to accept connections'))) resolve();
      });
      void exited.then(() => child.stderr?.once('close', () => reject(failed('ended while starting'))));
      timer = setTimeout(() => reject(failed(`was not ready within ${startMs} ms`)), startMs);
    });
  } finally {
    clearTimeout(timer);
  }
};

const stopServer = async (child: ChildProcess, exited: Promise<void>): Promise<void> => {
  child.stdin?.end();
  const killer = setTimeout(() => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL'); // its process group: the shell and the server
  }, stopMs);
  await exited;
  clearTimeout(killer);
};

/** A port that is free now. Somebody else may take it before it is used. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
