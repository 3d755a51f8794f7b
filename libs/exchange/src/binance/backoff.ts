/** Waits between tries: doubled each time, from 0.25 s up to 8 s, started anew after a success. */
export class Backoff {
  #nextMs = firstMs;
  #wake: (() => void) | undefined;

  reset(): void {
    this.#nextMs = firstMs;
  }

  async wait(): Promise<void> {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(waitMs * 2, longestMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends a wait at once. */
  cut(): void {
    this.#wake?.();
  }
}

const firstMs = 250;
const longestMs = 8_000;
