import type { Interval, TradingSymbol } from '@bot-core/events';
import type { Exchange, Subscription } from '@bot-core/exchange';
import type { Bus } from '@bot-core/jetstream';
import type { Health, Logger } from '@bot-core/service';
import { MarketFeed } from './candles/market-feed.ts';
import { priceUpdated } from './candles/messages.ts';
import type { IngestMetrics } from './metrics.ts';
import { PriceTeller } from './prices.ts';
import { watchStandstill } from './standstill.ts';

export interface IngestOptions {
  readonly exchange: Exchange;
  readonly bus: Pick<Bus, 'publish' | 'last' | 'notify'>;
  readonly symbols: readonly TradingSymbol[];
  readonly interval: Interval;
  readonly history: number;
  readonly metrics: IngestMetrics;
  readonly health: Pick<Health, 'set'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly signal: AbortSignal;
}

/** Between two looks whether a candle is overdue. Real time. */
const overdueEveryMs = 10_000;

/** All markets of this process over one exchange connection. */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #feeds: ReadonlyMap<TradingSymbol, MarketFeed>;
  readonly #standstill = watchStandstill();
  #subscription: Subscription | undefined;
  #overdue: NodeJS.Timeout | undefined;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { exchange, bus, interval, history, metrics, logger, signal } = options;
    const feed = (symbol: TradingSymbol) =>
      new MarketFeed({
        market: { symbol, interval },
        exchange,
        bus,
        history,
        metrics,
        stoodStill: this.#standstill.stoodStill,
        persistence: {
          signal,
          onFailure: (error, waitMs) => {
            metrics.failed();
            logger.warn({ symbol, waitMs, reason: error.message }, 'failed, trying again');
          },
        },
      });
    this.#feeds = new Map([...new Set(options.symbols)].map((symbol) => [symbol, feed(symbol)]));
  }

  /** Resolves when the history of all markets is stored and their streams are followed, or the service is stopping. */
  async start(): Promise<void> {
    const { exchange, interval, health, logger, metrics, bus, signal } = this.#options;
    const { promise: followed, resolve: following } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => following(), { once: true });
    const prices = new PriceTeller((message) => {
      bus.notify(message);
      metrics.price(message.data.symbol);
    });
    health.set('exchange', 'starting', 'opening the market streams');
    const markets = [...this.#feeds.keys()].map((symbol) => ({ symbol, interval }));
    this.#subscription = await exchange.follow(markets, {
      onCandle: (symbol, _interval, candle, at) => this.#feeds.get(symbol)?.onCandle(candle, at),
      onPrice: (symbol, price, at) => {
        prices.take(priceUpdated(symbol, price, at));
      },
      onConnected: () => {
        health.set('exchange', 'up');
        logger.info({ markets: markets.length }, 'following the market streams');
        void this.#catchUp().then(following);
      },
      onSilence: (reason) => {
        health.set('exchange', 'down', reason);
        metrics.socketLost();
        logger.warn({ reason }, 'the market streams are gone; opening them anew');
      },
    });
    this.#overdue = setInterval(() => this.#lookForOverdue(), overdueEveryMs);
    // The history does not wait for the socket.
    await this.#catchUp();
    await followed;
  }

  get status() {
    return [...this.#feeds.values()].map((feed) => feed.status);
  }

  /** The signal given at the start must be aborted first: it ends what is tried again and again. */
  async close(): Promise<void> {
    clearInterval(this.#overdue);
    this.#standstill.close();
    await this.#subscription?.close();
    await Promise.all([...this.#feeds.values()].map((feed) => feed.idle()));
  }

  async #catchUp(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.catchUp()));
  }

  #lookForOverdue(): void {
    for (const feed of this.#feeds.values()) {
      feed.lookForOverdue().catch((error: Error) => {
        this.#options.logger.warn({ reason: error.message }, "the exchange's time is not to be had");
      });
    }
  }
}
