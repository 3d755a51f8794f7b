export type DependencyState = 'up' | 'down' | 'starting';

export interface DependencyHealth {
  readonly state: DependencyState;
  /** Why, for people; empty when there is nothing to say. */
  readonly detail: string;
  /** When it came into this state, as UnixMs by this machine's clock. */
  readonly since: number;
}

export interface HealthSnapshot {
  /** True when every dependency is up. */
  readonly ready: boolean;
  readonly dependencies: Readonly<Record<string, DependencyHealth>>;
}

/** What a service depends on and how that fares: the answer of `/health/ready`. */
export class Health {
  readonly #dependencies = new Map<string, DependencyHealth>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Says how a dependency is. The first word about it makes it known; `since` moves only when the state changes. */
  set(dependency: string, state: DependencyState, detail = ''): void {
    const before = this.#dependencies.get(dependency);
    const since = before?.state === state ? before.since : this.#now();
    this.#dependencies.set(dependency, { state, detail, since });
  }

  snapshot(): HealthSnapshot {
    const states = [...this.#dependencies.values()];
    return {
      ready: states.every(({ state }) => state === 'up'),
      dependencies: Object.fromEntries(this.#dependencies),
    };
  }
}
