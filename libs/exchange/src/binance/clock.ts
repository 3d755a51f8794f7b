import { performance } from 'node:perf_hooks';
import { type UnixMs, unixMs } from '@bot-core/events';

/** `offset`: this machine's clock and a measured difference. `ask`: asked each time, for simulated clocks that jump. */
export type ClockMode = 'offset' | 'ask';

const samples = 3;
const renewEveryMs = 10 * 60_000;

/** Monotonic, so that a step of this machine's clock does not become a step of the exchange's. */
const localMs = (): number => performance.timeOrigin + performance.now();

/** The exchange's clock. */
export class ExchangeClock {
  readonly mode: ClockMode;
  readonly #ask: () => Promise<UnixMs>;
  #offsetMs = 0;
  #measuredAt = -Infinity;
  #measuring: Promise<void> | undefined;

  constructor(mode: ClockMode, ask: () => Promise<UnixMs>) {
    this.mode = mode;
    this.#ask = ask;
  }

  /** Unix milliseconds. @throws {NotNow | AmbiguousAnswer} when the exchange has to be asked and does not answer. */
  async now(): Promise<UnixMs> {
    if (this.mode === 'ask') return this.#ask();
    if (this.#measuredAt === -Infinity) await this.renew();
    // A measurement that fails leaves the old one in force; a wrong one shows as -1021, which renews it again.
    else if (localMs() - this.#measuredAt > renewEveryMs) this.renew().catch(() => undefined);
    return unixMs(Math.round(localMs() + this.#offsetMs));
  }

  /** Measures the difference anew; the sample with the shortest round trip counts. */
  async renew(): Promise<void> {
    if (this.mode === 'ask') return;
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined;
    });
    await this.#measuring;
  }

  async #measure(): Promise<void> {
    let best = Infinity;
    for (let sample = 0; sample < samples; sample += 1) {
      const sent = localMs();
      const theirs = await this.#ask();
      const received = localMs();
      if (received - sent >= best) continue;
      best = received - sent;
      this.#offsetMs = theirs - (sent + received) / 2;
    }
    this.#measuredAt = localMs();
  }
}
