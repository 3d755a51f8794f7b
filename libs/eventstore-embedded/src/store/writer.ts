import type { EventLog } from './event-log.ts';
import type { StoredEvent } from './types.ts';

interface Job {
  run: () => void;
  settle: () => void;
  fail: (error: Error) => void;
}

/** At most this many writes share one sync, so that a flood can't delay the first of them for long. */
const MAX_GROUP = 512;

/**
 * Puts all writes that arrive in one turn of the event loop into one transaction: one disk sync for all of them. A write
 * is settled after the sync. Subscribers hear of its events in log order, after the writers do.
 */
export class Writer {
  readonly #log: EventLog;
  readonly #onCommitted: (events: readonly StoredEvent[]) => void;
  readonly #onFailure: (error: Error) => void;
  #jobs: Job[] = [];
  #scheduled = false;

  constructor(log: EventLog, onCommitted: (events: readonly StoredEvent[]) => void, onFailure: (error: Error) => void) {
    this.#log = log;
    this.#onCommitted = onCommitted;
    this.#onFailure = onFailure;
  }

  /** Runs `work` inside the next transaction. @returns what it returned, once it is on the disk. */
  submit<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let result: { value: T } | undefined;
      this.#jobs.push({
        run: () => void (result = { value: work() }),
        settle: () => result && resolve(result.value),
        fail: reject,
      });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Writes what is waiting, now. */
  flush(): void {
    const group = this.#jobs.splice(0, MAX_GROUP);
    this.#scheduled = this.#jobs.length > 0;
    if (this.#scheduled) setImmediate(() => this.flush());
    if (group.length === 0) return;
    let written: StoredEvent[];
    try {
      ({ written } = this.#log.write(() => {
        for (const job of group) job.run();
      }));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      for (const job of group) job.fail(failure);
      this.#onFailure(failure);
      return;
    }
    for (const job of group) job.settle();
    if (written.length > 0) this.#onCommitted(written);
  }
}
