import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from './memory.ts';
import { describeExit } from './node-service.ts';
import { freePort, isFree } from './ports.ts';
import { signalProcess } from './processes.ts';
import type { Reaper } from './reaper-client.ts';
import type { Exit, Launched, ReadyLine, ServiceSpec } from './spec.ts';

export type ServiceState = 'starting' | 'up' | 'down' | 'stopped' | 'given up';

/** How a service fares now. */
export interface ServiceStatus {
  readonly state: ServiceState;
  /** Undefined while it is not running. */
  readonly pid: number | undefined;
  readonly port: number;
  readonly url: string | undefined;
  /** What it printed when it was last ready. */
  readonly line: ReadyLine | undefined;
  /** How often it came up again after it had ended by itself. */
  readonly restarts: number;
  /** The most memory that any of its incarnations was seen to hold. */
  readonly peakMemoryBytes: number;
}

/** A service ended that nobody had told to. */
export interface Departure extends Exit {
  readonly service: string;
  /** False when the runner leaves it at that. */
  readonly restarting: boolean;
  readonly reason: string;
}

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly env: () => Record<string, string | undefined>;
  readonly restart: boolean;
  readonly stopTimeoutMs: number;
  readonly reaper: Reaper;
  readonly onLog: (line: string) => void;
  readonly onExit: (departure: Departure) => void;
}

const backoff = { firstMs: 100, mostMs: 5_000, steadyAfterMs: 10_000, mostAttempts: 12 };

/** Keeps one service running: starts it, starts it again when it ends, and ends it when told to. */
export class Supervisor {
  readonly spec: ServiceSpec;
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  #launched: Launched | undefined;
  #launching: Promise<void> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();
  #status = { state: 'starting' as ServiceState, port: 0, restarts: 0, peakMemoryBytes: 0 };

  constructor(spec: ServiceSpec, options: SupervisorOptions) {
    this.spec = spec;
    this.#options = options;
  }

  get status(): ServiceStatus {
    const { line } = this.#launched ?? {};
    return {
      ...this.#status,
      pid: this.#status.state === 'up' ? this.#launched?.pid : undefined,
      url: line && (this.spec.urlOf ? this.spec.urlOf(line, this.#status.port) : line.url),
      line,
    };
  }

  /** What it provides to the environment of the services after it. */
  get provided(): Record<string, string> {
    const { line } = this.#launched ?? {};
    return line ? (this.spec.provides?.(line, this.#status.port) ?? {}) : {};
  }

  /** Resolves when it is ready for the first time. @throws {Error} saying why it is not. */
  async start(): Promise<void> {
    this.#status.port = this.spec.port || (await freePort());
    await (this.#launching = this.#launch());
    this.#watching = this.#watch();
  }

  kill(signal: NodeJS.Signals): void {
    const { pid, state } = this.status;
    if (pid === undefined)
      throw new Error(`runner: ${this.spec.name} is ${state}, there is nothing to send ${signal} to`);
    signalProcess(pid, signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.sample();
    if (this.#status.state === 'up') await this.#launched?.stop(this.#options.stopTimeoutMs);
    await this.#launching.catch(() => undefined); // whoever started it hears of it
    await this.#watching;
    this.#status.state = 'stopped';
  }

  /** Looks at how much memory it holds. */
  async sample(): Promise<void> {
    const { pid } = this.status;
    if (pid === undefined) return;
    this.#status.peakMemoryBytes = Math.max(this.#status.peakMemoryBytes, await memoryOf(pid));
  }

  async #launch(): Promise<void> {
    const { name, readyTimeoutMs = 60_000 } = this.spec;
    const { dataDir, env, reaper, onLog } = this.#options;
    const { port } = this.#status;
    const signal = this.#stopping.signal;
    signal.throwIfAborted();
    if (!(await isFree(port))) {
      throw new Error(
        `${name}: port ${port} is taken by another process. Stop that one, or give ${name} another port.`,
      );
    }
    const began = performance.now();
    const launched = await this.spec.launch({
      name,
      dataDir: join(dataDir, name),
      logFile: join(dataDir, 'logs', `${name}.log`),
      port,
      env: env(),
      readyTimeoutMs,
      signal,
      reaper,
      log: onLog,
    });
    if (signal.aborted) {
      await launched.stop(this.#options.stopTimeoutMs);
      signal.throwIfAborted();
    }
    this.#launched = launched;
    this.#status.state = 'up';
    void this.sample();
    onLog(`${name} is ready on port ${port} after ${Math.round(performance.now() - began)} ms (pid ${launched.pid})`);
  }

  async #watch(): Promise<void> {
    let attempt = 0;
    while (this.#launched) {
      const upSince = performance.now();
      const exit = await this.#launched.exited;
      if (this.#stopping.signal.aborted) return;
      this.#status.state = 'down';
      if (performance.now() - upSince > backoff.steadyAfterMs) attempt = 0;
      this.#report(exit, `ended ${describeExit(exit)}`, this.#options.restart);
      if (!this.#options.restart) return;
      attempt = await this.#relaunch(attempt);
      if (this.status.state !== 'up') return;
      this.#status.restarts += 1;
    }
  }

  /** Tries until it is up, the system stops or there is no hope. @returns the number of the last attempt */
  async #relaunch(attempts: number): Promise<number> {
    const signal = this.#stopping.signal;
    let attempt = attempts;
    while (!signal.aborted) {
      await delay(Math.min(backoff.firstMs * 2 ** attempt, backoff.mostMs), undefined, { signal }).catch(
        () => undefined,
      );
      attempt += 1;
      try {
        await this.#launch();
        return attempt;
      } catch (error) {
        if (signal.aborted) return attempt;
        const again = attempt < backoff.mostAttempts;
        if (!again) this.#status.state = 'given up';
        const reason = `did not come up again: ${error instanceof Error ? error.message : String(error)}`;
        this.#report({ code: null, signal: null }, reason, again);
        if (!again) return attempt;
      }
    }
    return attempt;
  }

  #report(exit: Exit, reason: string, restarting: boolean): void {
    const { name } = this.spec;
    this.#options.onLog(`${name} ${reason}; ${restarting ? 'starting it again' : 'it stays down'}`);
    this.#options.onExit({ service: name, ...exit, restarting, reason });
  }
}
