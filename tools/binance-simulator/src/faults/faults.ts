/** Which REST requests a fault is for; all of them where nothing is said. */
interface RequestMatch {
  readonly method?: string;
  /** Exact path, such as `/api/v3/order`. */
  readonly path?: string;
}
export type StreamKind = 'market' | 'user' | 'all';

/**
 * A fault stays until it has struck `count` times, or until it is cleared where no count is given.
 * `after` variants strike when the request has had its effect: the order stands, its answer is lost.
 */
export type FaultSpec = { readonly count?: number } & (
  | ({ readonly kind: 'latency'; readonly ms: number } & RequestMatch)
  | ({ readonly kind: 'error-before' | 'error-after'; readonly status?: number } & RequestMatch)
  | ({ readonly kind: 'timeout-before' | 'timeout-after' } & RequestMatch)
  | ({ readonly kind: 'hang-up-before' | 'hang-up-after' } & RequestMatch)
  | ({ readonly kind: 'rate-limit'; readonly retryAfterSeconds?: number } & RequestMatch)
  | { readonly kind: 'ban'; readonly seconds?: number }
  | { readonly kind: 'drop-sockets'; readonly streams?: StreamKind }
  | { readonly kind: 'refuse-sockets'; readonly streams?: StreamKind }
  | { readonly kind: 'silence'; readonly streams?: StreamKind }
  | { readonly kind: 'stream-latency'; readonly ms: number; readonly streams?: StreamKind }
  | { readonly kind: 'missing-candles'; readonly symbol?: string; readonly where?: 'stream' | 'everywhere' }
  | { readonly kind: 'partial-fills'; readonly parts: number }
  | { readonly kind: 'duplicate-reports' }
  | { readonly kind: 'reordered-reports' }
  | { readonly kind: 'lost-reports' }
  | { readonly kind: 'clock-skew'; readonly ms: number }
);
export type FaultKind = FaultSpec['kind'];
export type Fault = FaultSpec & { readonly id: number; struck: number };
type Of<K extends FaultKind> = Extract<Fault, { kind: K }>;

const fields: Readonly<Record<FaultKind, readonly string[]>> = {
  latency: ['ms', 'method', 'path'],
  'error-before': ['status', 'method', 'path'],
  'error-after': ['status', 'method', 'path'],
  'timeout-before': ['method', 'path'],
  'timeout-after': ['method', 'path'],
  'hang-up-before': ['method', 'path'],
  'hang-up-after': ['method', 'path'],
  'rate-limit': ['retryAfterSeconds', 'method', 'path'],
  ban: ['seconds'],
  'drop-sockets': ['streams'],
  'refuse-sockets': ['streams'],
  silence: ['streams'],
  'stream-latency': ['ms', 'streams'],
  'missing-candles': ['symbol', 'where'],
  'partial-fills': ['parts'],
  'duplicate-reports': [],
  'reordered-reports': [],
  'lost-reports': [],
  'clock-skew': ['ms'],
};
const numeric = new Set(['count', 'ms', 'status', 'parts', 'seconds', 'retryAfterSeconds']);
const needed: Partial<Record<FaultKind, string>> = {
  latency: 'ms',
  'stream-latency': 'ms',
  'clock-skew': 'ms',
  'partial-fills': 'parts',
};
const choices: Readonly<Record<string, readonly string[]>> = {
  streams: ['market', 'user', 'all'],
  where: ['stream', 'everywhere'],
};

/** Reads a fault from JSON. @throws Error that names the field and what it may be. */
export const parseFault = (input: unknown): FaultSpec => {
  if (typeof input !== 'object' || input === null) throw new Error('a fault is an object with a `kind`');
  const given: Record<string, unknown> = { ...input };
  const kind = Object.keys(fields).find((one): one is FaultKind => one === given['kind']);
  if (!kind) throw new Error(`fault kind ${String(given['kind'])} is none of ${Object.keys(fields).join(', ')}`);
  for (const [name, value] of Object.entries(given)) {
    if (name === 'kind') continue;
    if (name !== 'count' && !fields[kind].includes(name))
      throw new Error(`fault ${kind} has no field ${name}; it has ${['count', ...fields[kind]].join(', ')}`);
    if (numeric.has(name) ? typeof value !== 'number' || !Number.isFinite(value) : typeof value !== 'string')
      throw new Error(`field ${name} of fault ${kind} must be a ${numeric.has(name) ? 'number' : 'string'}`);
    if (choices[name] && !choices[name].includes(String(value)))
      throw new Error(`field ${name} of fault ${kind} must be one of ${choices[name].join(', ')}`);
  }
  const must = needed[kind];
  if (must && given[must] === undefined) throw new Error(`fault ${kind} needs the field ${must}`);
  // Every field was checked against the union's own table above.
  return given as FaultSpec;
};

/** The faults in force. Each place that can go wrong asks here whether it must. */
export class Faults {
  #active: Fault[] = [];
  #lastId = 0;

  add(spec: FaultSpec): Fault {
    const fault: Fault = { ...spec, id: (this.#lastId += 1), struck: 0 };
    this.#active.push(fault);
    return fault;
  }

  /** Clears the named faults, or all. */
  clear(ids?: readonly number[]): void {
    this.#active = ids ? this.#active.filter((fault) => !ids.includes(fault.id)) : [];
  }

  list(): readonly Fault[] {
    return this.#active.map((fault) => ({ ...fault }));
  }

  get any(): boolean {
    return this.#active.length > 0;
  }

  /** The first fault of this kind that applies, without striking. */
  peek<K extends FaultKind>(kind: K, applies: (fault: Of<K>) => boolean = () => true): Of<K> | undefined {
    if (this.#active.length === 0) return undefined;
    return this.#active.find((fault): fault is Of<K> => fault.kind === kind && applies(fault as Of<K>));
  }

  /** Strikes: the first fault of this kind that applies, counted down. */
  take<K extends FaultKind>(kind: K, applies?: (fault: Of<K>) => boolean): Of<K> | undefined {
    const fault = this.peek(kind, applies);
    if (!fault) return undefined;
    fault.struck += 1;
    if (fault.count !== undefined && fault.struck >= fault.count) this.clear([fault.id]);
    return fault;
  }

  takeRequest<
    K extends
      | 'latency'
      | 'error-before'
      | 'error-after'
      | 'timeout-before'
      | 'timeout-after'
      | 'hang-up-before'
      | 'hang-up-after'
      | 'rate-limit',
  >(kind: K, method: string, path: string): Of<K> | undefined {
    if (this.#active.length === 0) return undefined;
    return this.take(kind, (fault) => {
      const match: RequestMatch = fault;
      return (!match.method || match.method === method) && (!match.path || match.path === path);
    });
  }
}

export const concerns = (fault: { readonly streams?: StreamKind }, kind: 'market' | 'user'): boolean =>
  (fault.streams ?? 'all') === 'all' || fault.streams === kind;
