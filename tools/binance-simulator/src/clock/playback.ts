import { type Dec, dec, fixed8, max, zero } from '../decimal.ts';
import type { Faults } from '../faults/faults.ts';
import type { Candle } from '../feed/candle.ts';
import type { Series } from '../feed/series.ts';
import type { Exchange } from '../matching/exchange.ts';
import { type PathPoint, pathOf } from '../matching/path.ts';
import type { ExchangeEvent, Trade, UnixMs } from '../matching/types.ts';
import type { MarketStreams } from '../streams/market.ts';
import type { SimulatedClock } from './clock.ts';

/** A symbol's candles still to come. */
export interface Feed {
  readonly series: Series;
  /** How many candles are played after the history; undefined for an endless source. */
  readonly total: number | undefined;
  readonly next: () => Candle | undefined;
}

export interface PlaybackOptions {
  readonly feeds: readonly Feed[];
  readonly exchange: Exchange;
  readonly clock: SimulatedClock;
  readonly streams: MarketStreams;
  readonly faults: Faults;
  readonly publish: (events: readonly ExchangeEvent[]) => void;
  /** Path points per leg of a bar. */
  readonly stepsPerLeg: number;
  /** `path`: market streams tell each point, with the bar in progress. `close`: only the last point's price. */
  readonly updates: 'path' | 'close';
}

/** A trade or another change of an order that a bar's path made. */
export interface PathChange {
  readonly symbol: string;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly status: string;
}

/** A bar whose path is being played. */
export interface Bar {
  readonly feed: Feed;
  readonly candle: Candle;
  readonly points: readonly PathPoint[];
  readonly trades: Trade[];
  readonly changes: PathChange[];
  next: number;
  high: Dec;
  low: Dec;
}

interface Peeked {
  readonly feed: Feed;
  candle: Candle | undefined;
}

/** Plays candles one point at a time; a clock, settled or running, decides when. */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #peeked: Peeked[];
  /** Candles played so far, of all symbols. */
  played = 0;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#peeked = options.feeds.map((feed) => ({ feed, candle: feed.next() }));
  }

  /** Candles that will have been played at the end; undefined for an endless source. */
  get total(): number | undefined {
    return this.#options.feeds.reduce<number | undefined>(
      (sum, { total }) => (sum === undefined || total === undefined ? undefined : sum + total),
      0,
    );
  }

  /** Begins the earliest candle to come, the first configured symbol before the others; undefined at the end. */
  begin(ofFeed?: Feed): Bar | undefined {
    for (;;) {
      const earliest = this.#earliest(ofFeed);
      if (!earliest?.candle) return undefined;
      const { feed, candle } = earliest;
      earliest.candle = feed.next();
      this.played += 1;
      const { symbol } = feed.series;
      if (this.#missing(symbol, 'everywhere')) continue;
      const { tickSize } = this.#options.exchange.market(symbol).rules;
      const points = pathOf(candle, this.#options.stepsPerLeg, tickSize);
      this.#options.streams.opening(feed.series, candle.openTime, this.#options.clock.moveTo(candle.openTime));
      const open = dec(candle.open);
      return { feed, candle, points, trades: [], changes: [], next: 0, high: open, low: open };
    }
  }

  /** Open time of a feed's next candle. */
  nextOpenTime(feed: Feed): UnixMs | undefined {
    return this.#peeked.find((one) => one.feed === feed)?.candle?.openTime;
  }

  /** Plays the bar's next point: prices move, orders match, streams hear of it. */
  playPoint(bar: Bar): void {
    const { exchange, clock, streams, publish, updates } = this.#options;
    const point = bar.points[bar.next]!;
    const { series } = bar.feed;
    const before = bar.points[bar.next - 1]?.share ?? 0;
    bar.next += 1;
    const last = bar.next === bar.points.length;
    const at = clock.moveTo(point.at);
    const events = exchange.moveTo(series.symbol, point.price, at, point.move);
    if (events.length > 0) this.#note(bar, events);
    if (last) series.forming = bar.candle;
    else if (updates === 'path') series.forming = formingOf(bar, point);
    publish(events);
    if (updates === 'path' || last) {
      const volume = streams.idle ? zero : dec(bar.candle.volume).times(updates === 'path' ? point.share - before : 1);
      streams.update(series, { price: point.price, volume, klines: updates === 'path' }, at);
    }
  }

  /** Ends the bar: it becomes the series' last candle and its closing kline goes out. */
  close(bar: Bar): void {
    const { clock, streams } = this.#options;
    const { series } = bar.feed;
    series.forming = undefined;
    series.candles.push(bar.candle);
    const at = clock.moveTo(bar.candle.closeTime + 1);
    if (!this.#missing(series.symbol, 'stream')) streams.closed(series, at);
  }

  /** Does a fault take this candle away, from the streams or from the exchange altogether? */
  #missing(symbol: string, where: 'stream' | 'everywhere'): boolean {
    const { faults } = this.#options;
    return (
      faults.take(
        'missing-candles',
        (fault) => (fault.where ?? 'stream') === where && (fault.symbol ?? symbol) === symbol,
      ) !== undefined
    );
  }

  #earliest(ofFeed: Feed | undefined): Peeked | undefined {
    let earliest: Peeked | undefined;
    for (const one of this.#peeked) {
      if (!one.candle || (ofFeed && one.feed !== ofFeed)) continue;
      if (!earliest?.candle || one.candle.openTime < earliest.candle.openTime) earliest = one;
    }
    return earliest;
  }

  #note(bar: Bar, events: readonly ExchangeEvent[]): void {
    for (const event of events) {
      if (event.type !== 'execution') continue;
      if (event.trade) bar.trades.push(event.trade);
      const { symbol, orderId, clientOrderId, status } = event.order;
      bar.changes.push({ symbol, orderId, clientOrderId, status });
    }
  }
}

/** The bar as far as it has come. */
const formingOf = (bar: Bar, point: PathPoint): Candle => {
  const { candle } = bar;
  bar.high = max(bar.high, point.price);
  if (point.price.lt(bar.low)) bar.low = point.price;
  const part = (amount: string) => dec(amount).times(point.share).toFixed(8, 1);
  return {
    ...candle,
    high: fixed8(bar.high),
    low: fixed8(bar.low),
    close: fixed8(point.price),
    volume: part(candle.volume),
    quoteVolume: part(candle.quoteVolume),
    trades: Math.floor(candle.trades * point.share),
    takerBase: part(candle.takerBase),
    takerQuote: part(candle.takerQuote),
  };
};
