import { intervalMs, type UnixMs, unixMs } from '@bot-core/events';
import type { Exchange, ExchangeCandle } from '@bot-core/exchange';
import type { IngestMetrics } from '../metrics.ts';
import { MarketLog, type MarketBus } from './market-log.ts';
import { candleClosed, candlesMissing, type Market } from './messages.ts';
import { type Persistence, Stopped, untilItWorks } from './persist.ts';
import { type Hole, holeBetween, inOrder, isOverdue, judge } from './sequence.ts';

export type FeedState = 'backfilling' | 'live' | 'repairing';

export interface FeedOptions {
  readonly market: Market;
  readonly exchange: Pick<Exchange, 'candles' | 'now'>;
  readonly bus: MarketBus;
  /** Candles to fetch where none is stored. */
  readonly history: number;
  readonly metrics: IngestMetrics;
  readonly persistence: Persistence;
  /** Has this process stood still a moment ago, so that what comes over the stream may be old? */
  readonly stoodStill: () => boolean;
}

/** The most that one request gives. */
const page = 1_000;
/** How long after its end a candle may come, by the exchange's clock. */
const graceMs = 15_000;
/** A candle that waited longer than this behind others is no longer surely within the dedupe window. */
const freshMs = 30_000;

/** One market: its candles into the stream, each once, in order of openTime. Everything goes through one queue. */
export class MarketFeed {
  readonly #options: FeedOptions;
  readonly #step: number;
  readonly #log: MarketLog;
  #last: UnixMs | null | undefined;
  #state: FeedState = 'backfilling';
  #queue: Promise<void> = Promise.resolve();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#step = intervalMs[options.market.interval];
    this.#log = new MarketLog(options.bus, options.market, options.persistence);
  }

  get status() {
    return { ...this.#options.market, lastOpenTime: this.#last ?? null, state: this.#state };
  }

  /** A candle from the stream. `at`: the exchange's event time. */
  onCandle(candle: ExchangeCandle, at: UnixMs): void {
    const receivedAt = performance.now();
    void this.#enqueue(() => this.#take(candle, at, receivedAt));
  }

  /** Stores what the exchange has and the stream has not. Resolves when it is done; never rejects. */
  async catchUp(): Promise<void> {
    await this.#enqueue(() => this.#catchUp());
  }

  /** Asks the exchange when the next candle is overdue: the socket lives, but it may have swallowed one. */
  async lookForOverdue(): Promise<void> {
    if (this.#state !== 'live' || this.#last === undefined) return;
    const now = await this.#options.exchange.now();
    if (isOverdue(this.#last, now, this.#step, graceMs)) await this.catchUp();
  }

  /** Resolves when everything that has come is stored or given up. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
    });
    return this.#queue;
  }

  async #take(candle: ExchangeCandle, at: UnixMs, receivedAt: number): Promise<void> {
    const { market, metrics, stoodStill } = this.#options;
    const last = this.#last === undefined ? await this.#begin() : this.#last;
    const judgement = judge(last, candle.openTime, this.#step);
    if (judgement.act === 'ignore') return metrics.ignored(market);
    const followsAtOnce = judgement.act === 'publish';
    if (judgement.act === 'repair') await this.#repair(judgement.from, judgement.to, candle.openTime);
    // Another replica, or the repair itself, may have been faster.
    if (this.#last !== null && this.#last !== undefined && candle.openTime <= this.#last)
      return metrics.ignored(market);
    const trusted = followsAtOnce && performance.now() - receivedAt < freshMs && !stoodStill();
    await this.#publish(candle, at, trusted);
    this.#state = 'live';
  }

  async #catchUp(): Promise<void> {
    const last = this.#last === undefined ? await this.#begin() : this.#last;
    if (last !== null && this.#state === 'live') this.#state = 'repairing';
    const from = last === null ? await this.#historyStart() : unixMs(last + this.#step);
    await this.#fetch(from);
    this.#state = 'live';
  }

  /** Fills a hole in the stream; `before` is a candle that is known to be closed, so that what the exchange lacks is lost. */
  async #repair(from: UnixMs, to: UnixMs, before: UnixMs): Promise<void> {
    const { market, metrics } = this.#options;
    this.#state = 'repairing';
    const at = await this.#fetch(from, to);
    const hole = this.#last == null ? null : holeBetween(this.#last, before, this.#step);
    if (hole) await this.#publishHole(hole, at);
    metrics.repaired(market);
  }

  /** Fetches and stores page by page. @returns the exchange's time of the last page. */
  async #fetch(from: UnixMs, to?: UnixMs): Promise<UnixMs> {
    const { market, exchange, persistence } = this.#options;
    let next = from;
    for (;;) {
      const range = { ...market, from: next, ...(to === undefined ? {} : { to }), limit: page };
      const { candles, at } = await untilItWorks(
        async () => ({ candles: await exchange.candles(range), at: await exchange.now() }),
        persistence,
      );
      for (const step of inOrder(this.#last ?? null, candles, this.#step)) {
        if (step.kind === 'hole') await this.#publishHole(step.hole, at);
        else await this.#publish(step.candle, at, false);
      }
      const newest = candles.at(-1);
      if (candles.length < page || !newest) return at;
      next = unixMs(newest.openTime + this.#step);
    }
  }

  async #publish(candle: ExchangeCandle, at: UnixMs, trusted: boolean): Promise<void> {
    const { market, metrics } = this.#options;
    const outcome = await this.#log.candle(candleClosed(market, candle, at), trusted);
    this.#last = candle.openTime;
    metrics.published(market, outcome, candle, at);
  }

  async #publishHole(hole: Hole, at: UnixMs): Promise<void> {
    const { market, metrics } = this.#options;
    if ((await this.#log.hole(candlesMissing(market, hole, at))) === 'stored') metrics.missing(market, hole.count);
  }

  async #begin(): Promise<UnixMs | null> {
    this.#last = await this.#log.newest();
    return this.#last;
  }

  /** openTime of the oldest of the newest `history` candles. Counted, so that an outage does not shorten the history. */
  async #historyStart(): Promise<UnixMs> {
    const { market, exchange, history, persistence } = this.#options;
    let start = await untilItWorks(() => exchange.now(), persistence);
    for (let wanted = history; wanted > 0;) {
      const limit = Math.min(wanted, page);
      const range = { ...market, to: unixMs(start - 1), limit };
      const candles = (await untilItWorks(() => exchange.candles(range), persistence)).slice(-limit);
      const [oldest] = candles;
      if (oldest) start = oldest.openTime;
      if (candles.length < limit || start === 0) break;
      wanted -= candles.length;
    }
    return start;
  }
}
