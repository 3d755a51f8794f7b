import { performance } from 'node:perf_hooks';
import { CandleClosed, CandlesMissing, type Message, type UnixMs } from '@bot-core/events';
import type { Bus } from '@bot-core/jetstream';
import { candleSubject, gapSubject, type Market } from './messages.ts';
import { type Persistence, untilItWorks } from './persist.ts';

/** Well inside the stream's dedupe window of two minutes. */
const trustMs = 60_000;

export type Stored = 'stored' | 'present';
export type MarketBus = Pick<Bus, 'publish' | 'last'>;

/**
 * One market's part of the MARKET stream. Within its dedupe window the stream drops what another replica stored; beyond it we
 * look before we publish. A publish that fails is tried again for ever, so that order is kept.
 */
export class MarketLog {
  readonly #bus: MarketBus;
  readonly #market: Market;
  readonly #persistence: Persistence;
  /** When we last knew for sure what is stored (local, monotonic). */
  #knownAt = -Infinity;
  /** openTime of the newest candle that we have seen stored. */
  #seen: UnixMs | null = null;

  constructor(bus: MarketBus, market: Market, persistence: Persistence) {
    this.#bus = bus;
    this.#market = market;
    this.#persistence = persistence;
  }

  /** openTime of the newest stored candle; null where none is. */
  async newest(): Promise<UnixMs | null> {
    return untilItWorks(() => this.#newest(), this.#persistence);
  }

  /**
   * Stores a candle newer than all that are stored; `present` when somebody else did.
   * @param trusted that nobody can have stored it longer ago than the dedupe window: it has just come over the stream.
   */
  async candle(message: Message<CandleClosed>, trusted: boolean): Promise<Stored> {
    let look = !trusted && performance.now() - this.#knownAt > trustMs;
    return untilItWorks(async () => {
      if (look) await this.#newest();
      if (this.#seen !== null && this.#seen >= message.data.openTime) return 'present';
      look = true; // a failed attempt may have been stored, and takes its time
      const { duplicate } = await this.#bus.publish(message);
      this.#knownAt = performance.now();
      this.#seen = message.data.openTime;
      return duplicate ? 'present' : 'stored';
    }, this.#persistence);
  }

  async hole(message: Message<CandlesMissing>): Promise<Stored> {
    return untilItWorks(async () => {
      const newest = await this.#bus.last('MARKET', gapSubject(this.#market), CandlesMissing);
      if (newest && newest.data.lastOpenTime >= message.data.lastOpenTime) return 'present';
      const { duplicate } = await this.#bus.publish(message);
      return duplicate ? 'present' : 'stored';
    }, this.#persistence);
  }

  async #newest(): Promise<UnixMs | null> {
    const stored = await this.#bus.last('MARKET', candleSubject(this.#market), CandleClosed);
    this.#knownAt = performance.now();
    this.#seen = stored?.data.openTime ?? null;
    return this.#seen;
  }
}
