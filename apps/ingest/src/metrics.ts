import type { UnixMs } from '@bot-core/events';
import type { ExchangeCandle } from '@bot-core/exchange';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Market } from './candles/messages.ts';
import type { Stored } from './candles/market-log.ts';

export type IngestMetrics = ReturnType<typeof ingestMetrics>;

/** What `/metrics` tells of ingest. */
export const ingestMetrics = (registry: Registry) => {
  const registers = [registry];
  const labelNames = ['symbol', 'interval'] as const;
  const candles = new Counter({
    name: 'ingest_candles_total',
    help: 'Candles brought to the stream; outcome `present` where another replica was faster',
    labelNames: [...labelNames, 'outcome'],
    registers,
  });
  const ignored = new Counter({
    name: 'ingest_candles_ignored_total',
    help: 'Candles that came over the socket and were stored already',
    labelNames,
    registers,
  });
  const repairs = new Counter({
    name: 'ingest_holes_repaired_total',
    help: 'Holes in what the socket brought that were looked for over REST',
    labelNames,
    registers,
  });
  const missing = new Counter({
    name: 'ingest_candles_missing_total',
    help: 'Candles that the exchange itself does not have',
    labelNames,
    registers,
  });
  const newest = new Gauge({
    name: 'ingest_last_open_time_seconds',
    help: 'openTime of the newest stored candle, Unix seconds',
    labelNames,
    registers,
  });
  const age = new Gauge({
    name: 'ingest_last_candle_age_seconds',
    help: "How long after its end the newest candle was told, by the exchange's clock",
    labelNames,
    registers,
  });
  const silences = new Counter({
    name: 'ingest_market_socket_losses_total',
    help: 'Times the market socket was lost or silent and opened anew',
    registers,
  });
  const prices = new Counter({
    name: 'ingest_prices_total',
    help: 'Live prices told',
    labelNames: ['symbol'],
    registers,
  });
  const failures = new Counter({
    name: 'ingest_failures_total',
    help: 'Failed calls of the exchange or the bus, each tried again',
    registers,
  });
  return {
    published: ({ symbol, interval }: Market, outcome: Stored, candle: ExchangeCandle, at: UnixMs): void => {
      candles.inc({ symbol, interval, outcome });
      newest.set({ symbol, interval }, candle.openTime / 1_000);
      age.set({ symbol, interval }, Math.max(0, at - candle.closeTime) / 1_000);
    },
    ignored: ({ symbol, interval }: Market): void => ignored.inc({ symbol, interval }),
    repaired: ({ symbol, interval }: Market): void => repairs.inc({ symbol, interval }),
    missing: ({ symbol, interval }: Market, count: number): void => missing.inc({ symbol, interval }, count),
    socketLost: (): void => silences.inc(),
    price: (symbol: string): void => prices.inc({ symbol }),
    failed: (): void => failures.inc(),
  };
};
