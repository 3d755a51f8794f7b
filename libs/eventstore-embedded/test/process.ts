import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The event store as a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  url: string;
  port: number;
  httpPort: number | undefined;
  child: ChildProcess;
  /** Sends a signal and waits for the end. @returns the exit code, null when it was killed. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts it and waits until it serves. @throws with what it printed when it ends instead. */
export async function startProcess(args: string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const ready = once(createInterface(child.stdout), 'line');
  const first = await Promise.race([
    ready,
    ended.then(([code]) => Promise.reject(new Error(`exit ${code}: ${complaint}`))),
  ]);
  const { url, port, httpPort } = JSON.parse(String(first[0])) as { url: string; port: number; httpPort?: number };
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    url,
    port,
    httpPort,
    child,
    stop,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGKILL');
    },
  };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'eventstore-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
