import { setTimeout as delay } from 'node:timers/promises';
import { NotNow, Refused } from '@bot-core/exchange';

/** The service is stopping: whatever was waited for is given up. */
export class Stopped extends Error {
  readonly code = 'stopped';
  constructor() {
    super('ingest: stopping');
    this.name = 'Stopped';
  }
}

export interface Persistence {
  readonly signal: AbortSignal;
  /** Told of each failure and of the pause before the next try. */
  onFailure(error: Error, waitMs: number): void;
}

const firstMs = 200;
const longestMs = 10_000;
/** A refusal will not change soon; it is not given up because an operator may change the exchange's mind. */
const refusedMs = 30_000;

/**
 * Tries until it succeeds: at once what the exchange wants later is tried then, all else with a growing pause.
 * @throws {Stopped}
 */
export const untilItWorks = async <T>(act: () => Promise<T>, { signal, onFailure }: Persistence): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    if (signal.aborted) throw new Stopped();
    try {
      return await act();
    } catch (error) {
      if (error instanceof Stopped) throw error;
      const waitMs = pause(error, failures);
      onFailure(error instanceof Error ? error : new Error(String(error)), waitMs);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
};

const pause = (error: unknown, failures: number): number => {
  const growing = Math.min(firstMs * 2 ** failures, longestMs);
  if (error instanceof NotNow) return Math.max(error.retryAfterMs, growing);
  return error instanceof Refused ? refusedMs : growing;
};
