import { type Dec, dec, fixed8, zero } from '../decimal.ts';
import { type Candle, closeTimeOf, isBuiltFrom, openTimeOf } from '../feed/candle.ts';
import type { Series } from '../feed/series.ts';
import { quoteOf } from '../matching/book.ts';
import type { Exchange } from '../matching/exchange.ts';
import type { UnixMs } from '../matching/types.ts';
import { dayTicker, miniTicker } from '../rest/tickers.ts';
import type { MarketHub } from './hub.ts';

const klineMessage = (symbol: string, interval: string, bar: Candle, closed: boolean, at: UnixMs) => ({
  e: 'kline',
  E: at,
  s: symbol,
  k: {
    t: bar.openTime,
    T: bar.closeTime,
    s: symbol,
    i: interval,
    // Other people's trades are not numbered here.
    f: -1,
    L: -1,
    o: bar.open,
    c: bar.close,
    h: bar.high,
    l: bar.low,
    v: bar.volume,
    n: bar.trades,
    x: closed,
    q: bar.quoteVolume,
    V: bar.takerBase,
    Q: bar.takerQuote,
    B: '0',
  },
});

/** Turns what happens to a series into the messages of the streams that somebody follows. */
export class MarketStreams {
  readonly #hub: MarketHub;
  readonly #exchange: Exchange;
  #updateId = 0;
  #aggTradeId = 0;
  /** Bars of longer intervals whose closing message is still to come, by stream name. */
  readonly #unfinished = new Map<string, Candle>();

  constructor(hub: MarketHub, exchange: Exchange) {
    this.#hub = hub;
    this.#exchange = exchange;
  }

  get idle(): boolean {
    return this.#hub.streamCount === 0;
  }

  /** A path point was reached. `volume` is the base volume since the point before; `klines` sends the bar in progress too. */
  update(series: Series, point: { price: Dec; volume: Dec; klines: boolean }, at: UnixMs): void {
    this.#updateId += 1;
    this.#aggTradeId += 1;
    if (this.idle) return;
    const name = series.symbol.toLowerCase();
    if (this.#hub.has(`${name}@aggTrade`)) this.#hub.send(`${name}@aggTrade`, this.#aggTrade(series, point, at));
    if (this.#hub.has(`${name}@bookTicker`)) this.#hub.send(`${name}@bookTicker`, this.#bookTicker(series));
    if (this.#hub.has(`${name}@miniTicker`)) this.#hub.send(`${name}@miniTicker`, { ...miniTicker(series), E: at });
    if (this.#hub.has('!miniTicker@arr')) this.#hub.send('!miniTicker@arr', [{ ...miniTicker(series), E: at }]);
    if (this.#hub.has(`${name}@ticker`))
      this.#hub.send(`${name}@ticker`, { ...dayTicker(series, this.#exchange), E: at });
    if (point.klines) this.#klines(series, at, false);
  }

  /** The bar closed and is the series' last candle. */
  closed(series: Series, at: UnixMs): void {
    if (!this.idle) this.#klines(series, at, true);
  }

  /** A bar begins at `openTime`: bars of longer intervals that an outage kept open are over. */
  opening(series: Series, openTime: UnixMs, at: UnixMs): void {
    for (const [stream, bar] of this.#unfinished) {
      const [name, interval = ''] = stream.split('@kline_');
      if (name !== series.symbol.toLowerCase() || openTimeOf(interval, openTime) === bar.openTime) continue;
      this.#unfinished.delete(stream);
      this.#hub.send(stream, klineMessage(series.symbol, interval, bar, true, at));
    }
  }

  #klines(series: Series, at: UnixMs, closed: boolean): void {
    const name = series.symbol.toLowerCase();
    const own = closed ? series.candles.at(-1) : series.forming;
    if (!own) return;
    for (const interval of this.#hub.klineIntervals(name)) {
      if (!isBuiltFrom(interval, series.interval)) continue;
      const stream = `${name}@kline_${interval}`;
      if (interval === series.interval) {
        this.#hub.send(stream, klineMessage(series.symbol, interval, own, closed, at));
        continue;
      }
      const bar = series.barAt(interval, own.openTime);
      if (!bar) continue;
      const last = closed && closeTimeOf(interval, bar.openTime) === own.closeTime;
      if (last) this.#unfinished.delete(stream);
      else this.#unfinished.set(stream, bar);
      this.#hub.send(stream, klineMessage(series.symbol, interval, bar, last, at));
    }
  }

  #bookTicker(series: Series) {
    const market = this.#exchange.market(series.symbol);
    const { bid, ask } = quoteOf(market, this.#exchange.book);
    const size = fixed8(this.#exchange.book.depth?.quantity ?? market.rules.maxQty);
    return { u: this.#updateId, s: series.symbol, b: fixed8(bid), B: size, a: fixed8(ask), A: size };
  }

  #aggTrade(series: Series, point: { price: Dec; volume: Dec }, at: UnixMs) {
    const quantity = point.volume.gt(zero) ? point.volume : dec(0);
    return {
      e: 'aggTrade',
      E: at,
      s: series.symbol,
      a: this.#aggTradeId,
      p: fixed8(point.price),
      q: fixed8(quantity),
      f: this.#aggTradeId,
      l: this.#aggTradeId,
      T: at,
      m: false,
      M: true,
    };
  }
}
