import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The most memory a process ever held, in bytes; where the system keeps no such mark (only Linux does), what it holds now.
 * For a process with children (postgres): what it and they hold of their own, and what they share once.
 * @returns 0 when the process is gone
 */
export const memoryOf = async (pid: number): Promise<number> => {
  if (process.platform !== 'linux') return residentNow(pid);
  const own = await statusOf(pid);
  if (!own) return 0;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const others = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => statusOf(Number(child))),
  );
  const tree = [own, ...others.filter((status) => status !== undefined)];
  if (tree.length === 1) return own.VmHWM;
  const alone = tree.reduce((sum, status) => sum + status.RssAnon, 0);
  return alone + Math.max(...tree.map((status) => status.RssFile + status.RssShmem));
};

const fields = ['VmHWM', 'RssAnon', 'RssFile', 'RssShmem'] as const;

const statusOf = async (pid: number): Promise<Record<(typeof fields)[number], number> | undefined> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  if (!text.includes('VmHWM')) return undefined;
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { VmHWM: bytes('VmHWM'), RssAnon: bytes('RssAnon'), RssFile: bytes('RssFile'), RssShmem: bytes('RssShmem') };
};

const residentNow = async (pid: number): Promise<number> => {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({ stdout: '0' }));
  return Number(stdout.trim()) * 1024;
};
