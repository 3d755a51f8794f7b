import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startReaper } from './reaper-client.ts';
import { checkSpecs, type ServiceSpec } from './spec.ts';
import { type Departure, type ServiceStatus, Supervisor } from './supervisor.ts';

export interface SystemOptions {
  /** Holds each service's data in a folder of its own and the logs in `logs/<service>.log`. Made when it is not there. */
  readonly dataDir: string;
  readonly services: readonly ServiceSpec[];
  /** For every service, on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the runner has to say: a service is ready, ended, comes up again. One line, no newline. */
  readonly onLog?: (line: string) => void;
  /** A service ended that nobody had told to. */
  readonly onExit?: (departure: Departure) => void;
  /** Whether a service that ended is started again. Default true. */
  readonly restart?: boolean;
  /** How long each may take to end in order before it is killed. Default 15,000. */
  readonly stopTimeoutMs?: number;
  /** Whether SIGINT, SIGTERM and SIGHUP end the system and then this process. Default true. */
  readonly handleSignals?: boolean;
}

export interface System {
  /** How each service fares now, by name. */
  readonly services: Readonly<Record<string, ServiceStatus>>;
  /** @throws {Error} when there is no such service or it is not running */
  kill(service: string, signal: NodeJS.Signals): void;
  /** Ends all, those first that others were started after last. Resolves when nothing is running any more. */
  stop(): Promise<void>;
}

const sampleEveryMs = 500;

/**
 * Starts the services in the order of their `after`, side by side where that leaves room, and keeps them running.
 * Whatever becomes of this process, they end: in order on `stop()` and on a signal, by the reaper when it is killed.
 * @throws {Error} with the last words of the first service that did not come up; the others are ended before
 */
export const startSystem = async (options: SystemOptions): Promise<System> => {
  const { services, env = {}, restart = true, stopTimeoutMs = 15_000 } = options;
  const { onLog = () => undefined, onExit = () => undefined } = options;
  checkSpecs(services);
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const reaper = startReaper(stopTimeoutMs);

  const supervisors = new Map<string, Supervisor>();
  const provided = () => Object.assign({}, ...[...supervisors.values()].map((one) => one.provided)) as typeof env;
  const shared = { dataDir, env: () => ({ ...process.env, ...env, ...provided() }), restart, stopTimeoutMs, reaper };
  for (const spec of services) supervisors.set(spec.name, new Supervisor(spec, { ...shared, onLog, onExit }));
  const known = (names: readonly string[] = []) => names.filter((name) => supervisors.has(name));

  let stopped: Promise<void> | undefined;
  const sampling = setInterval(() => {
    for (const supervisor of supervisors.values()) void supervisor.sample();
  }, sampleEveryMs);
  const stop = (): Promise<void> => (stopped ??= stopAll());
  const stopAll = async (): Promise<void> => {
    clearInterval(sampling);
    const ends = new Map<string, Promise<void>>();
    const end = (supervisor: Supervisor): Promise<void> => {
      const { name } = supervisor.spec;
      const users = [...supervisors.values()].filter((other) => other.spec.after?.includes(name));
      const ending = ends.get(name) ?? Promise.all(users.map(end)).then(() => supervisor.stop());
      ends.set(name, ending);
      return ending;
    };
    await Promise.all([...supervisors.values()].map(end));
    await reaper.close();
    release();
  };
  const release = options.handleSignals === false ? () => undefined : stopOnSignals(stop, onLog);

  const starts = new Map<string, Promise<void>>();
  const start = (name: string): Promise<void> => {
    const supervisor = supervisors.get(name)!;
    const starting =
      starts.get(name) ?? Promise.all(known(supervisor.spec.after).map(start)).then(() => supervisor.start());
    starts.set(name, starting);
    return starting;
  };
  try {
    await Promise.all(services.map(({ name }) => start(name)));
  } catch (error) {
    await stop();
    await Promise.allSettled(starts.values());
    throw error;
  }

  return {
    get services() {
      return Object.fromEntries([...supervisors].map(([name, supervisor]) => [name, supervisor.status]));
    },
    kill: (service, signal) => {
      const supervisor = supervisors.get(service);
      if (!supervisor)
        throw new Error(`runner: there is no service ${service}; there are ${[...supervisors.keys()].join(', ')}`);
      supervisor.kill(signal);
    },
    stop,
  };
};

/** The first signal ends the system in order and then the process, the second at once (the reaper does the rest). */
const stopOnSignals = (stop: () => Promise<void>, onLog: (line: string) => void): (() => void) => {
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
  let told = false;
  const handler = (signal: NodeJS.Signals) => {
    const code = codes[signal as keyof typeof codes];
    if (told) process.exit(code);
    told = true;
    onLog(`stopping everything: ${signal}`);
    void stop().finally(() => process.exit(code));
  };
  for (const signal of Object.keys(codes)) process.on(signal as NodeJS.Signals, handler);
  return () => {
    for (const signal of Object.keys(codes)) process.off(signal, handler);
  };
};
