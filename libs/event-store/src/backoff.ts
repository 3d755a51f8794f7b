import { setTimeout as sleep } from 'node:timers/promises';

export interface BackoffOptions {
  /** The first pause, in milliseconds. */
  minDelayMs: number;
  /** No pause is longer, in milliseconds. */
  maxDelayMs: number;
}

/** Pauses that double, each shortened by up to a half at random so that clients don't come back all at once. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Settles after the next pause, or as soon as `signal` is aborted. */
  async pause(signal?: AbortSignal): Promise<void> {
    const { minDelayMs, maxDelayMs } = this.#options;
    const full = Math.min(maxDelayMs, minDelayMs * 2 ** this.#failures);
    this.#failures += 1;
    await sleep(full * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }

  /** It worked: the next pause is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}
