import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** True while a process of that id runs. One that ended but was not collected yet (an orphan under a lazy init) does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
};

const isZombie = (pid: number): boolean => {
  if (process.platform !== 'linux') return false;
  try {
    return /^.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // it went between the two looks
  }
};

/** Sends a signal; a process that is gone already is no error. */
export const signalProcess = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Resolves true when the process is gone, false after `deadlineMs`. */
export const whenGone = async (pid: number, deadlineMs = Number.POSITIVE_INFINITY): Promise<boolean> => {
  const end = performance.now() + deadlineMs;
  while (isAlive(pid)) {
    if (performance.now() > end) return false;
    await delay(20);
  }
  return true;
};

/** True when `work` settled within `deadlineMs`. */
export const within = async (work: Promise<unknown>, deadlineMs: number): Promise<boolean> => {
  const timer = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const late = delay(deadlineMs, false, { signal: timer.signal }).catch(() => false);
  const answer = await Promise.race([settled, late]);
  timer.abort();
  return answer;
};
