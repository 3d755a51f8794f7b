/** Which REST requests a fault is for; all of them where nothing is said. */
interface RequestMatch {
  readonly method?: string;
  /** Exact path, such as `/api/v3/order`. */
  readonly path?: string;
}
export type StreamKind = 'market' | 'user' | 'all';

/** What each kind of fault says beside its kind. */
interface Details {
  'latency-before': { readonly ms: number } & RequestMatch;
  'latency-after': { readonly ms: number } & RequestMatch;
  'error-before': { readonly status?: number } & RequestMatch;
  'error-after': { readonly status?: number } & RequestMatch;
  'timeout-before': RequestMatch;
  'timeout-after': RequestMatch;
  'hang-up-before': RequestMatch;
  'hang-up-after': RequestMatch;
  'rate-limit': { readonly retryAfterSeconds?: number } & RequestMatch;
  ban: { readonly seconds?: number };
  'drop-sockets': { readonly streams?: StreamKind };
  'refuse-sockets': { readonly streams?: StreamKind };
  silence: { readonly streams?: StreamKind };
  'stream-latency': { readonly ms: number; readonly streams?: StreamKind };
  'missing-candles': { readonly symbol?: string; readonly where?: 'stream' | 'everywhere' };
  'partial-fills': { readonly parts: number };
  'duplicate-reports': object;
  'reordered-reports': object;
  'lost-reports': object;
  'clock-skew': { readonly ms: number };
}
export type FaultKind = keyof Details;
type RequestKind = Extract<FaultKind, `${string}-${'before' | 'after'}` | 'rate-limit'>;

/**
 * A fault stays until it has struck `count` times, or until it is cleared where no count is given.
 * `after` variants strike when the request has had its effect: the order stands, its answer is lost.
 */
export type FaultSpec<K extends FaultKind = FaultKind> = {
  [One in K]: { readonly kind: One; readonly count?: number } & Details[One];
}[K];
export type Fault<K extends FaultKind = FaultKind> = {
  [One in K]: FaultSpec<One> & { readonly id: number; struck: number };
}[K];

const fields: Readonly<Record<FaultKind, readonly string[]>> = {
  'latency-before': ['ms', 'method', 'path'],
  'latency-after': ['ms', 'method', 'path'],
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
  'latency-before': 'ms',
  'latency-after': 'ms',
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
  peek<K extends FaultKind>(kind: K, applies: (fault: Fault<K>) => boolean = () => true): Fault<K> | undefined {
    for (const fault of this.#active) {
      if (fault.kind !== kind) continue;
      // The compiler does not see that equal kinds make equal types.
      const own = fault as Fault<K>;
      if (applies(own)) return own;
    }
    return undefined;
  }

  /** Strikes: the first fault of this kind that applies, counted down. */
  take<K extends FaultKind>(kind: K, applies?: (fault: Fault<K>) => boolean): Fault<K> | undefined {
    const fault = this.peek(kind, applies);
    if (!fault) return undefined;
    fault.struck += 1;
    if (fault.count !== undefined && fault.struck >= fault.count) this.clear([fault.id]);
    return fault;
  }

  /** `take`, for a fault of requests that this request matches. */
  takeRequest<K extends RequestKind>(kind: K, method: string, path: string): Fault<K> | undefined {
    return this.take(kind, (fault) => {
      const match: RequestMatch = fault;
      return (!match.method || match.method === method) && (!match.path || match.path === path);
    });
  }
}

export const concerns = (fault: { readonly streams?: StreamKind }, kind: 'market' | 'user'): boolean =>
  (fault.streams ?? 'all') === 'all' || fault.streams === kind;
