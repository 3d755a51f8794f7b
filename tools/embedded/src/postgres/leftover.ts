import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long a server that is already on its way down may still take. */
const leavingMs = 15_000;

/** The pid in `postmaster.pid`, or nothing where there is no such file. */
export const postmasterPid = async (cluster: string): Promise<number | undefined> => {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || undefined;
};

/**
 * Deals with what an earlier run left: waits for a server that is still going down (its starter was killed), and removes
 * the lock file of one that was killed itself, also when its pid belongs to another process by now.
 * @throws {Error} when a server goes on running on the folder.
 */
export const clearLeftover = async (cluster: string): Promise<void> => {
  const deadline = Date.now() + leavingMs;
  for (;;) {
    const pid = await postmasterPid(cluster);
    if (!pid) return;
    if (!(await servesFolder(pid, cluster))) return rm(join(cluster, 'postmaster.pid'), { force: true });
    if (Date.now() > deadline)
      throw new Error(
        `postgres: a server (pid ${pid}) is running on ${cluster} already. Stop it, or choose another data folder.`,
      );
    await pause(50);
  }
};

const servesFolder = async (pid: number, cluster: string): Promise<boolean> => {
  if (process.platform === 'linux') {
    const works = await readlink(`/proc/${pid}/cwd`).catch(() => undefined); // the server works in its folder
    return works !== undefined && works === (await realpath(cluster));
  }
  const { stdout } = await run('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => ({ stdout: '' }));
  return stdout.includes('postgres');
};
