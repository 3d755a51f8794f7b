import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { PortTaken, type RunningPostgres, startPostgres } from '../src/postgres.ts';

/** mkdtemp's folders are closed to others (0700), as a project below /root is. */
let dataDir: string;
let server: RunningPostgres | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'botcore-postgres-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const query = async (text: string, url = server?.url): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
};

const gone = async (pid: number): Promise<void> => {
  await expect.poll(() => isRunning(pid), { timeout: 15_000, interval: 20 }).toBe(false);
};
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('keeps its data over a clean stop, and over kill -9 of the server', async () => {
  server = await startPostgres({ dataDir });
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  await query('create table kept (n int); insert into kept values (1)');
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);

  server = await startPostgres({ dataDir });
  await query('insert into kept values (2)');
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
  await expect(readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).resolves.toContain(String(server.pid));

  server = await startPostgres({ dataDir });
  expect(await query('select n from kept order by n')).toEqual([[1], [2]]);
});

it('takes a lock file for stale when its pid belongs to another process by now', async () => {
  await writeFile(join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n`);
  server = await startPostgres({ dataDir });
  expect(await query('select 1')).toEqual([[1]]);
});

it('refuses a wrong password', async () => {
  server = await startPostgres({ dataDir });
  const wrong = new URL(server.url);
  wrong.password = 'guessed';
  await expect(query('select 1', wrong.href)).rejects.toThrow('password authentication failed');
});

it('names the port that is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const refused = startPostgres({ dataDir, port });
  await expect(refused).rejects.toThrow(PortTaken);
  await expect(refused).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
  other.close();
});

it('goes when the process that started it is killed, and the next start continues', async () => {
  const starter = spawn(
    process.execPath,
    [
      '-e',
      `
      const { startPostgres } = await import(${JSON.stringify(new URL('../src/postgres.ts', import.meta.url).href)});
      const { pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
      setInterval(() => {}, 1_000_000); // stays until it is killed
      process.stdout.write(String(pid)); // console.log would colour it under FORCE_COLOR
    `,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const pid = Number(await new Promise((resolve) => starter.stdout.once('data', (chunk) => resolve(String(chunk)))));
  expect(isRunning(pid)).toBe(true);
  starter.kill('SIGKILL');
  server = await startPostgres({ dataDir }); // waits for the one that is going
  await gone(pid);
  expect(await query('select count(*)::int from kept')).toEqual([[2]]);
});

it('refuses a folder of another major version', async () => {
  const version = join(dataDir, 'cluster', 'PG_VERSION');
  const made = await readFile(version, 'utf8');
  await writeFile(version, '15\n');
  await expect(startPostgres({ dataDir })).rejects.toThrow(/was made by PostgreSQL 15; this is 18/);
  await writeFile(version, made);
});

it('works in a folder that is open to all', async () => {
  await chmod(dataDir, 0o755);
  server = await startPostgres({ dataDir });
  expect(await query('select 1')).toEqual([[1]]);
});
