import type { SimulatedClock } from './clock.ts';
import type { Bar, Feed, PathChange, Playback } from './playback.ts';

export type Advance =
  | {
      readonly phase: 'path';
      readonly symbol: string;
      readonly openTime: number;
      readonly trades: readonly { symbol: string; tradeId: number; orderId: number; clientOrderId: string }[];
      readonly orders: readonly PathChange[];
    }
  | {
      readonly phase: 'closed';
      readonly symbol: string;
      readonly openTime: number;
      readonly closeTime: number;
      readonly close: string;
    }
  | { readonly phase: 'end' };

/** The settled clock: one `advance` plays one candle of one symbol, in two halves when its path changed an order. */
export class SettledDriver {
  readonly #playback: Playback;
  #bar: Bar | undefined;
  phase: 'idle' | 'path' | 'end' = 'idle';

  constructor(playback: Playback) {
    this.#playback = playback;
  }

  advance(): Advance {
    if (this.#bar) return this.#close(this.#bar);
    const bar = this.#playback.begin();
    if (!bar) {
      this.phase = 'end';
      return { phase: 'end' };
    }
    while (bar.next < bar.points.length) this.#playback.playPoint(bar);
    if (bar.changes.length === 0) return this.#close(bar);
    this.#bar = bar;
    this.phase = 'path';
    const { symbol } = bar.feed.series;
    const trades = bar.trades.map(({ tradeId, orderId, clientOrderId }) => ({
      symbol,
      tradeId,
      orderId,
      clientOrderId,
    }));
    return { phase: 'path', symbol, openTime: bar.candle.openTime, trades, orders: bar.changes };
  }

  #close(bar: Bar): Advance {
    this.#bar = undefined;
    this.phase = 'idle';
    this.#playback.close(bar);
    const { openTime, closeTime, close } = bar.candle;
    return { phase: 'closed', symbol: bar.feed.series.symbol, openTime, closeTime, close };
  }
}

/** The running clock: plays every symbol's points when the clock shows their time. */
export class RunningDriver {
  readonly #playback: Playback;
  readonly #clock: SimulatedClock;
  readonly #timers = new Map<Feed, NodeJS.Timeout>();
  readonly #onEnd: () => void;
  #left: number;
  phase: 'running' | 'end' = 'running';

  constructor(playback: Playback, clock: SimulatedClock, feeds: readonly Feed[], onEnd: () => void = () => {}) {
    this.#playback = playback;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#left = feeds.length;
    for (const feed of feeds) this.#scheduleBar(feed);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #at(feed: Feed, time: number, then: () => void): void {
    // A timer's range ends at 24.8 days; a longer wait is waited in pieces.
    const wait = Math.min(this.#clock.realMsUntil(time), 2_000_000_000);
    const timer = setTimeout(() => (this.#clock.now() < time ? this.#at(feed, time, then) : then()), wait);
    this.#timers.set(feed, timer);
  }

  #scheduleBar(feed: Feed): void {
    const openTime = this.#playback.nextOpenTime(feed);
    if (openTime === undefined) {
      this.#left -= 1;
      if (this.#left === 0) {
        this.phase = 'end';
        this.#onEnd();
      }
      return;
    }
    this.#at(feed, openTime, () => {
      const bar = this.#playback.begin(feed);
      if (bar) this.#playBar(bar);
      else this.#scheduleBar(feed);
    });
  }

  #playBar(bar: Bar): void {
    const due = bar.points[bar.next];
    const time = due?.at ?? bar.candle.closeTime + 1;
    const step = () => {
      if (due) {
        this.#playback.playPoint(bar);
        this.#playBar(bar);
      } else {
        this.#playback.close(bar);
        this.#scheduleBar(bar.feed);
      }
    };
    if (this.#clock.now() >= time) step();
    else this.#at(bar.feed, time, step);
  }
}
