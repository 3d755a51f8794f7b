import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from './processes.ts';
import type { Exit, LaunchContext, Launched, ReadyLine, ServiceSpec } from './spec.ts';

export interface NodeService extends Pick<
  ServiceSpec,
  'name' | 'after' | 'port' | 'readyTimeoutMs' | 'urlOf' | 'provides'
> {
  /** The file that Node runs. */
  readonly script: string;
  /** What to do when the file is not there. */
  readonly whenMissing?: string;
  readonly args?: (context: LaunchContext) => readonly string[];
  readonly env?: (context: LaunchContext) => Record<string, string>;
  /** True for one that exits when its standard input closes (`EXIT_WITH_PARENT`, `runService`); others get SIGTERM. */
  readonly exitsWithParent?: boolean;
}

/**
 * A service that this Node runs as its own process. It prints `{"ready":true,…}` as one line to stdout when it is ready
 * and ends in order on SIGTERM. stderr, and what else it prints, goes to its log.
 */
export const nodeService = (options: NodeService): ServiceSpec => ({
  ...options,
  launch: (context) => launch(options, context),
});

const launch = async (options: NodeService, context: LaunchContext): Promise<Launched> => {
  const { name, logFile, reaper, signal } = context;
  await access(options.script).catch(() => {
    throw new Error(`${name}: ${options.script} is not there. ${options.whenMissing ?? 'Check the installation.'}`);
  });
  await Promise.all([mkdir(context.dataDir, { recursive: true }), mkdir(dirname(logFile), { recursive: true })]);
  const log = await open(logFile, 'a');
  const logStart = (await log.stat()).size;
  const child = spawn(process.execPath, [options.script, ...(options.args?.(context) ?? [])], {
    detached: true, // a Ctrl-C at the terminal reaches only the runner, which ends all in order
    env: { ...context.env, EXIT_WITH_PARENT: '1', ...options.env?.(context) },
    stdio: ['pipe', 'pipe', log.fd],
  });
  child.stdin?.on('error', () => undefined);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, by) => resolve({ code, signal: by }));
    child.once('error', () => child.pid ?? resolve({ code: null, signal: null }));
  });
  await log.close();
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name}: ${process.execPath} could not be started: ${await failure(child)}`);
  reaper.add(pid, options.exitsWithParent ? undefined : 'SIGTERM');
  void exited.then(() => reaper.remove(pid));

  const stop = async (deadlineMs: number): Promise<void> => {
    child.kill('SIGTERM');
    if (!(await within(exited, deadlineMs))) child.kill('SIGKILL');
    await exited;
  };
  const timer = new AbortController();
  const outcome = await Promise.race([
    readyLine(child, logFile),
    exited,
    whenAborted(signal),
    delay(context.readyTimeoutMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const),
  ]);
  timer.abort();
  if (typeof outcome === 'object' && 'ready' in outcome) return { pid, line: outcome, exited, stop };

  if (typeof outcome === 'string') await stop(outcome === 'late' ? 2_000 : 10_000);
  if (outcome === 'aborted') throw new Error(`${name}: stopped while it was starting`);
  const what =
    outcome === 'late'
      ? `was not ready within ${context.readyTimeoutMs} ms`
      : `ended ${describeExit(outcome)} before it was ready`;
  throw new Error(`${name}: ${what}. ${await lastWords(logFile, logStart)}`);
};

const whenAborted = (signal: AbortSignal): Promise<'aborted'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });

/** For an embedded server it is not known how it ended. */
export const describeExit = ({ code, signal }: Exit): string => {
  if (signal) return `by ${signal}`;
  return code === null ? 'unexpectedly' : `with exit code ${code}`;
};

/** The first line of JSON with `"ready":true`; every other line goes to the log. Never settles when there is none. */
const readyLine = (child: ChildProcess, logFile: string): Promise<ReadyLine> =>
  new Promise((resolve) => {
    let seen = false;
    createInterface(child.stdout!).on('line', (line) => {
      const parsed = seen ? undefined : parseReady(line);
      seen ||= parsed !== undefined;
      if (parsed) resolve(parsed);
      else void appendFile(logFile, `${line}\n`).catch(() => undefined);
    });
  });

const parseReady = (line: string): ReadyLine | undefined => {
  try {
    const value = JSON.parse(line) as ReadyLine | null;
    return value?.ready === true ? value : undefined;
  } catch {
    return undefined;
  }
};

const lastWords = async (logFile: string, from: number): Promise<string> => {
  const text = (await readFile(logFile)).subarray(from).toString().trim();
  if (text === '') return `It said nothing (${logFile}).`;
  return `Its last words (all of them in ${logFile}):\n${text
    .split('\n')
    .slice(-12)
    .map((line) => `    ${line}`)
    .join('\n')}`;
};

const failure = (child: ChildProcess): Promise<string> =>
  once(child, 'error').then(([error]) => (error as Error).message);
