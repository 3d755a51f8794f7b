import type { Reaper } from './reaper-client.ts';

/** How a process ended; one of both is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The line that a process prints when it is ready, as far as it is known here. */
export interface ReadyLine {
  readonly ready: true;
  readonly port?: number;
  readonly url?: string;
  readonly [field: string]: unknown;
}

export interface LaunchContext {
  readonly name: string;
  /** The service's own folder under the data folder; made when it is first needed. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  /** The environment of the whole system with what the services before this one provide. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readyTimeoutMs: number;
  /** Aborted when the system stops: a launch under way gives up and rejects. */
  readonly signal: AbortSignal;
  readonly reaper: Reaper;
  /** Tells the operator something. */
  readonly log: (line: string) => void;
}

/** A process that said it is ready. */
export interface Launched {
  readonly pid: number;
  readonly line: ReadyLine;
  readonly exited: Promise<Exit>;
  /** Asks it to end in order and kills it when it has not ended after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ServiceSpec {
  /** Unique within a system; also the name of its log and its data folder. */
  readonly name: string;
  /** The services that must be ready before this one starts and that end after it. Names outside the system are ignored. */
  readonly after?: readonly string[];
  /** Kept over restarts. A free one is picked when there is none. */
  readonly port?: number;
  /** Default 60,000. */
  readonly readyTimeoutMs?: number;
  /** Resolves when the process is ready; rejects with a message for the operator, leaving nothing running. */
  launch(context: LaunchContext): Promise<Launched>;
  /** Where others reach it; by default the readiness line's `url`. */
  urlOf?(line: ReadyLine, port: number): string | undefined;
  /** Environment for the services after it. */
  provides?(line: ReadyLine, port: number): Record<string, string>;
}

/**
 * Checks that names are unique and that nobody waits for himself.
 * @throws {Error} naming the services in question
 */
export const checkSpecs = (specs: readonly ServiceSpec[]): void => {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  if (byName.size < specs.length) {
    const twice = specs.map(({ name }) => name).filter((name, index, names) => names.indexOf(name) !== index);
    throw new Error(`runner: two services are called ${twice.join(', ')}. Give each its own name.`);
  }
  const walk = (spec: ServiceSpec, path: readonly string[]): void => {
    if (path.includes(spec.name)) {
      throw new Error(`runner: ${[...path, spec.name].join(' waits for ')}. Break the circle in \`after\`.`);
    }
    for (const name of spec.after ?? []) {
      const before = byName.get(name);
      if (before) walk(before, [...path, spec.name]);
    }
  };
  for (const spec of specs) walk(spec, []);
};
