import { performance } from 'node:perf_hooks';
import { type UnixMs } from '@bot-core/events';
import { NotNow } from '../errors.ts';
import { type ClockMode, ExchangeClock } from './clock.ts';
import { timeIn } from './fields.ts';
import { type Endpoints, type Library, makeLibrary } from './library.ts';
import { exchangeCodeOf, judge } from './verdicts.ts';
import { type Wire, watchingRest } from './wire.ts';

export interface RestOptions extends Endpoints {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly clock: ClockMode;
  readonly recvWindowMs: number;
  readonly deadlineMs: number;
}

/** What a signed call was stamped with. */
export interface Stamp {
  readonly at: UnixMs;
  readonly recvWindow: number;
}

/** Binance's request weight per minute (`exchangeInfo.rateLimits`); below it some is left for orders. */
const weightLimit = 6_000;
const weightForBulk = weightLimit * 0.8;

/** One question for the exchange's time serves calls this close together. If the clock jumped meanwhile, -1021 says so. */
const stampKeptMs = 20;

/** The library's REST calls with a deadline, a judged outcome, a right clock and respect for the exchange's limits. */
export class Rest {
  readonly clock: ExchangeClock;
  readonly #options: RestOptions;
  readonly library: Library;
  /** What the library signs with; set in the same turn as the call it is for. */
  #timestamp = 0;
  #stamped: { readonly at: Promise<UnixMs>; readonly askedAt: number } | undefined;
  /** Until then (local, monotonic) the exchange wants no request at all. */
  #notBefore = 0;
  #usedWeight = { weight: 0, minute: 0 };
  #otherTime: (() => Promise<UnixMs>) | undefined;

  constructor(options: RestOptions) {
    this.#options = options;
    this.library = makeLibrary({ ...options, getTime: () => this.#timestamp });
    this.clock = new ExchangeClock(options.clock, () => this.#time());
  }

  /**
   * A public call. `read` turns the answer into what is wanted; what it cannot read counts as no answer.
   * @throws {Refused | NotNow | AmbiguousAnswer}
   */
  async open<T>(what: string, send: (library: Library) => Promise<unknown>, read: (answer: unknown) => T): Promise<T> {
    return this.#once(what, () => send(this.library), read);
  }

  /**
   * A signed call, stamped with the exchange's time. A stamp that it refuses (-1021) is renewed and the call sent once more:
   * it is refused before anything is done.
   * @throws {Refused | NotNow | AmbiguousAnswer}
   */
  async signed<T>(
    what: string,
    send: (library: Library, stamp: Stamp) => Promise<unknown>,
    read: (answer: unknown, stamp: Stamp) => T,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const stamp = await this.#stamp(what);
      const act = () => {
        this.#timestamp = stamp.at;
        return send(this.library, stamp);
      };
      try {
        return await this.#once(what, act, (answer) => read(answer, stamp));
      } catch (error) {
        if (attempt > 1 || !(error instanceof NotNow) || exchangeCodeOf(error.cause) !== -1021) throw error;
        this.#stamped = undefined;
        await this.clock.renew().catch(() => undefined);
      }
    }
  }

  /**
   * For bulk reads such as a backfill.
   * @throws {NotNow} until the next minute when most of this minute's weight is used.
   */
  leaveWeightForOrders(what: string): void {
    const now = Date.now();
    const { weight, minute } = this.#usedWeight;
    if (minute !== Math.floor(now / 60_000) || weight < weightForBulk) return;
    throw new NotNow(what, 60_000 - (now % 60_000), new Error(`${weight} of ${weightLimit} request weight used`));
  }

  /** Takes another way to ask for the exchange's time; undefined when that way is closed. */
  askTimeOver(ask: (() => Promise<UnixMs>) | undefined): void {
    this.#otherTime = ask;
  }

  async #time(): Promise<UnixMs> {
    const told = await this.#otherTime?.().catch(() => undefined); // a socket that is lost just now: REST tells as well
    if (told !== undefined) return told;
    return this.#once(
      "the exchange's time",
      () => this.library.time(),
      (serverTime) => timeIn({ serverTime }, 'serverTime'),
    );
  }

  /** @throws {NotNow} when the time cannot be had: the call itself was not sent. */
  async #stamp(what: string): Promise<Stamp> {
    if (!this.#stamped || performance.now() - this.#stamped.askedAt > stampKeptMs)
      this.#stamped = { at: this.clock.now(), askedAt: performance.now() };
    try {
      return { at: await this.#stamped.at, recvWindow: this.#options.recvWindowMs };
    } catch (error) {
      this.#stamped = undefined;
      throw new NotNow(what, error instanceof NotNow ? error.retryAfterMs : 1_000, error);
    }
  }

  async #once<T>(what: string, act: () => Promise<unknown>, read: (answer: unknown) => T): Promise<T> {
    const waitMs = this.#notBefore - performance.now();
    if (waitMs > 0) throw new NotNow(what, Math.ceil(waitMs), new Error('the exchange asked for a pause'));
    let wire: Wire = {};
    try {
      try {
        return read(await this.#inTime(wire, act));
      } catch (error) {
        if (!isStaleSocket(error, wire)) throw error;
        wire = {};
        return read(await this.#inTime(wire, act));
      }
    } catch (error) {
      const judged = judge(what, error, wire);
      const limited = wire.status === 418 || wire.status === 429;
      if (limited && judged instanceof NotNow && exchangeCodeOf(error) !== -1015)
        this.#notBefore = performance.now() + judged.retryAfterMs;
      throw judged;
    } finally {
      if (wire.usedWeight !== undefined)
        this.#usedWeight = { weight: wire.usedWeight, minute: Math.floor(Date.now() / 60_000) };
    }
  }

  async #inTime(wire: Wire, act: () => Promise<unknown>): Promise<unknown> {
    const { deadlineMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${deadlineMs} ms`));
        wire.request?.destroy();
      }, deadlineMs);
    });
    try {
      return await Promise.race([watchingRest(wire, act), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A read on a kept-alive socket that the server had just closed: nothing came back, and reading again does no harm. */
const isStaleSocket = (error: unknown, { request, status }: Wire): boolean =>
  status === undefined &&
  request?.method === 'GET' &&
  request.reusedSocket &&
  error instanceof Error &&
  ['ECONNRESET', 'EPIPE'].includes(String(Reflect.get(error, 'code')));
