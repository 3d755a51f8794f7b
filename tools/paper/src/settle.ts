import { type ConsumerInfo, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { patterns } from '@bot-core/events';
import type { Books } from './books.ts';

/** A run that makes no progress for this long has failed: longer than any restart of a killed service takes. */
const stalledAfterMs = 180_000;
/** When no acknowledgement is heard for this long, the broker is asked instead: a restart may have eaten it. */
const askAfterMs = 250;

/**
 * Knows when the pipeline has digested what it was given: it listens to the executor's acknowledgements of signals, each given
 * when all that follows from the signal is in the ledger. Where one goes unheard (a killed broker), the consumers'
 * acknowledgement floors are asked for.
 */
export interface Settler {
  /** Everything published before this call has been handled by predictor and executor, and no order is in flight. */
  drained(): Promise<void>;
  /** The signal of the candle that was just closed has been handled, and no order is in flight. */
  candleDigested(symbol: string, openTime: number): Promise<void>;
  /** These trades are booked, and no order is in flight. */
  tradesBooked(trades: readonly { readonly symbol: string; readonly tradeId: number }[]): Promise<void>;
  close(): void;
}

export const watchPipeline = async (connection: NatsConnection, books: Books): Promise<Settler> => {
  const manager = await jetstreamManager(connection);
  let newestAck = 0;
  let settledAck = 0;
  const newestSignal = new Map<string, number>();
  let wake: (() => void) | undefined;
  const woken = () => wake?.();

  const acks = connection.subscribe('$JS.ACK.SIGNALS.executor-signals.>', {
    callback: (_error, { subject, data }) => {
      if (!acknowledges(data)) return;
      newestAck = Math.max(newestAck, Number(subject.split('.')[5]));
      woken();
    },
  });
  const signals = connection.subscribe(patterns.signals, {
    callback: (_error, message) => {
      const { symbol, openTime } = message.json<{ symbol: string; openTime: number }>();
      newestSignal.set(symbol, Math.max(newestSignal.get(symbol) ?? -1, openTime));
      woken();
    },
  });

  const idle = async (): Promise<boolean> => {
    // In the order of the flow: a signal is stored before its candle is acknowledged, so none can slip between the two answers.
    if (!isIdle(await manager.consumers.info('MARKET', 'predictor-candles'))) return false;
    return isIdle(await manager.consumers.info('SIGNALS', 'executor-signals')) && books.quiet;
  };

  /** Waits for `holds`, asked again at each push and, without any, for what the broker says. */
  const until = async (what: string, holds: () => boolean, ask: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + stalledAfterMs;
    while (!holds()) {
      const pushed = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), askAfterMs);
        wake = () => (clearTimeout(timer), resolve(true));
      });
      wake = undefined;
      if (!pushed && (await ask().catch(() => false))) return;
      if (performance.now() > deadline) throw new Error(`paper: stalled: ${what} for ${stalledAfterMs / 1_000} s`);
    }
  };

  return {
    drained: async () => {
      await until('the services did not digest what is on the bus', () => false, idle);
      settledAck = newestAck;
    },
    candleDigested: async (symbol, openTime) => {
      await until(
        `the ${symbol} candle of ${new Date(openTime).toISOString()} was not digested`,
        () => (newestSignal.get(symbol) ?? -1) >= openTime && newestAck > settledAck && books.quiet,
        async () => (await newestCandle(manager, symbol)) >= openTime && (await idle()),
      );
      settledAck = newestAck;
    },
    tradesBooked: async (trades) => {
      const booked = () =>
        trades.every(({ symbol, tradeId }) => books.booked.has(`${symbol}/${tradeId}`)) && books.quiet;
      const asked = books.until(booked).then(woken);
      await Promise.all([
        asked,
        until(`trades ${trades.map(({ tradeId }) => tradeId).join(', ')} were not booked`, booked, async () =>
          booked(),
        ),
      ]);
    },
    close: () => {
      acks.unsubscribe();
      signals.unsubscribe();
    },
  };
};

/** What an acknowledgement says: nothing, or +ACK; a worker also says +WPI (still working), -NAK and +TERM on this subject. */
const acknowledges = (data: Uint8Array): boolean => data.length === 0 || new TextDecoder().decode(data) === '+ACK';

const isIdle = ({ num_pending, num_ack_pending }: ConsumerInfo): boolean => num_pending === 0 && num_ack_pending === 0;

/** openTime of the newest candle of a symbol that the broker holds; -1 when it holds none. */
const newestCandle = async (manager: JetStreamManager, symbol: string): Promise<number> => {
  const message = await manager.streams.getMessage('MARKET', { last_by_subj: `market.candle.*.${symbol}.*` });
  return message ? message.json<{ openTime: number }>().openTime : -1;
};
