import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 180_000;
const retryMs = 100;

/** Runs `work` in one process at a time. A holder that has died is replaced; who waits longer than the deadline fails. */
export const withLock = async <Result>(folder: string, work: () => Promise<Result>): Promise<Result> => {
  await acquire(folder);
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const acquire = async (folder: string): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  for (let blanks = 0; ;) {
    try {
      await mkdir(folder);
      await writeFile(join(folder, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
    // Between making the folder and writing the pid there is an instant without one.
    blanks = holder ? 0 : blanks + 1;
    if (holder ? !isAlive(holder) : blanks > 20) await rm(folder, { recursive: true, force: true });
    else if (performance.now() > deadline)
      throw new Error(
        `embedded: ${folder} has been held by process ${holder} for ${deadlineMs / 1000} s. Remove it if that is wrong.`,
      );
    else await delay(retryMs);
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
