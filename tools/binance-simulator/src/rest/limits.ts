import { performance } from 'node:perf_hooks';
import type { SimulatedClock } from '../clock/clock.ts';
import { errors } from '../errors.ts';

export interface RateLimits {
  /** Request weight per minute. */
  readonly weightPerMinute: number;
  readonly ordersPer10Seconds: number;
  readonly ordersPerDay: number;
}

export const defaultLimits: RateLimits = { weightPerMinute: 6000, ordersPer10Seconds: 100, ordersPerDay: 200_000 };

/** Refusals in one minute after which the address is banned. */
const refusalsBeforeBan = 10;
const banSeconds = 120;

/**
 * A count that starts again with each window. A window ends when the exchange's clock enters the next one, or after its length
 * in real time, whichever comes first: a frozen clock must not shut a patient client out, nor a fast one be held up.
 */
class Window {
  readonly lengthMs: number;
  used = 0;
  #simulated = -1;
  #started = 0;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  /** Starts a new count if the window is over. */
  roll(now: number): boolean {
    const simulated = Math.floor(now / this.lengthMs);
    if (simulated === this.#simulated && performance.now() - this.#started < this.lengthMs) return false;
    this.#simulated = simulated;
    this.#started = performance.now();
    this.used = 0;
    return true;
  }

  get secondsLeft(): number {
    return Math.max(1, Math.ceil((this.lengthMs - (performance.now() - this.#started)) / 1000));
  }
}

/** Request weights and order counts of one address, as Binance counts and punishes them. */
export class Limits {
  readonly limits: RateLimits;
  readonly #clock: SimulatedClock;
  readonly #weight = new Window(60_000);
  readonly #orders10s = new Window(10_000);
  readonly #ordersDay = new Window(86_400_000);
  #refusals = 0;
  #ban: { readonly untilReal: number; readonly untilSimulated: number } | undefined;

  constructor(limits: RateLimits, clock: SimulatedClock) {
    this.limits = limits;
    this.#clock = clock;
  }

  /** @throws {BinanceError} -1003 with 429 over the limit, with 418 while banned. */
  spend(weight: number): void {
    this.checkBan();
    if (this.#weight.roll(this.#clock.now())) this.#refusals = 0;
    this.#weight.used += weight;
    if (this.#weight.used <= this.limits.weightPerMinute) return;
    this.#refusals += 1;
    if (this.#refusals >= refusalsBeforeBan) this.ban(banSeconds);
    this.checkBan();
    throw errors.tooMuchWeight(this.limits.weightPerMinute, this.#weight.secondsLeft);
  }

  /** Counts new orders. @throws {BinanceError} -1015 */
  spendOrders(count: number): void {
    const now = this.#clock.now();
    this.#orders10s.roll(now);
    this.#ordersDay.roll(now);
    this.#orders10s.used += count;
    this.#ordersDay.used += count;
    if (this.#orders10s.used > this.limits.ordersPer10Seconds)
      throw errors.tooManyOrders(this.limits.ordersPer10Seconds, '10 SECOND', this.#orders10s.secondsLeft);
    if (this.#ordersDay.used > this.limits.ordersPerDay)
      throw errors.tooManyOrders(this.limits.ordersPerDay, '1 DAY', this.#ordersDay.secondsLeft);
  }

  ban(seconds: number): void {
    this.#ban = {
      untilReal: performance.now() + seconds * 1000,
      untilSimulated: this.#clock.now() + seconds * 1000,
    };
  }

  lift(): void {
    this.#ban = undefined;
    this.#refusals = 0;
  }

  /** @throws {BinanceError} -1003 with 418 until the ban ends, by real time. */
  checkBan(): void {
    if (!this.#ban) return;
    const left = this.#ban.untilReal - performance.now();
    if (left <= 0) this.lift();
    else throw errors.banned(this.#ban.untilSimulated, Math.ceil(left / 1000));
  }

  headers(): Record<string, string> {
    return {
      'X-MBX-USED-WEIGHT': String(this.#weight.used),
      'X-MBX-USED-WEIGHT-1M': String(this.#weight.used),
      'X-MBX-ORDER-COUNT-10S': String(this.#orders10s.used),
      'X-MBX-ORDER-COUNT-1D': String(this.#ordersDay.used),
    };
  }

  /** The `rateLimits` array of `exchangeInfo`. */
  describe() {
    const { weightPerMinute, ordersPer10Seconds, ordersPerDay } = this.limits;
    return [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: ordersPer10Seconds },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: ordersPerDay },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
    ];
  }
}
