import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Reaper {
  /** @param signal what asks the process to end; none for one that exits with its parent by itself */
  add(pid: number, signal?: NodeJS.Signals): void;
  remove(pid: number): void;
  /** Lets the reaper end. Nothing may be running any more. */
  close(): Promise<void>;
}

/** Starts the process that cleans up when this one is killed. */
export const startReaper = (orderlyMs: number): Reaper => {
  const script = fileURLToPath(new URL('./reaper.ts', import.meta.url));
  const child = spawn(process.execPath, [script, String(orderlyMs)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(child, 'exit');
  child.stdin.on('error', () => undefined); // it may have been killed; the services still watch their own stdin
  const tell = (line: string) => void child.stdin.write(`${line}\n`);
  return {
    add: (pid, signal) => tell(`add ${pid} ${signal ?? '-'}`),
    remove: (pid) => tell(`remove ${pid}`),
    close: async () => {
      child.stdin.end();
      await gone;
    },
  };
};
