import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNatsServer } from '@bot-core/embedded/nats';
import { connectEventStore } from '@bot-core/event-store';
import {
  CandleClosed,
  candleId,
  predictorRpc,
  price,
  quantity,
  SignalEmitted,
  subjects,
  type TradingSymbol,
  unixMs,
} from '@bot-core/events';
import { startEventStore } from '@bot-core/eventstore-embedded';
import type { Bar } from '@bot-core/features';
import { applyInfrastructure, connectBus, readInfrastructure } from '@bot-core/jetstream';
import { createLogger, Health, loadSettings } from '@bot-core/service';
import { Registry } from 'prom-client';
import { predictorSettings } from '../src/settings.ts';
import { start } from '../src/start.ts';
import { hourMs } from './market.ts';

/** A real nats-server and event store with the project's streams, and what a test does with them. */
export const startSystem = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'predictor-'));
  const nats = await startNatsServer({ dataDir: join(folder, 'nats') });
  const eventStore = await startEventStore();
  const bus = await connectBus({ url: nats.url, name: 'test' });
  const ledger = connectEventStore(eventStore.url);
  const infrastructure = await readInfrastructure();
  await applyInfrastructure(bus, infrastructure);

  const handled = async (deadlineMs = 25_000): Promise<void> => {
    for (const until = Date.now() + deadlineMs; Date.now() < until; await delay(20)) {
      const { num_pending, num_ack_pending } = await bus.jetStreamManager.consumers.info('MARKET', 'predictor-candles');
      if (num_pending === 0 && num_ack_pending === 0) return;
    }
    throw new Error(`the predictor has not handled every candle within ${deadlineMs} ms`);
  };

  return {
    bus,
    folder,
    handled,
    /** The service as `main.ts` starts it, in this process. */
    predictor: async (env: Record<string, string> = {}) => {
      const lines: string[] = [];
      const [health, metrics, stopping] = [new Health(), new Registry(), new AbortController()];
      const running = await start({
        config: loadSettings(predictorSettings, {
          NATS_URL: nats.url,
          EVENTSTORE_URL: eventStore.url,
          MODEL_DIR: join(folder, 'models'),
          TRAINING_MIN_CANDLES: '300',
          TRAINING_MAX_CANDLES: '320',
          TRAINING_EPOCHS: '1',
          ...env,
        }),
        logger: createLogger({ name: 'predictor', level: 'info', sink: { write: (line) => void lines.push(line) } }),
        health,
        metrics,
        signal: stopping.signal,
      });
      return {
        health,
        logged: () => lines.join(''),
        metric: async (name: string) => (await metrics.getSingleMetricAsString(name)).split('\n').slice(2),
        [Symbol.asyncDispose]: async () => {
          stopping.abort();
          await running.close();
        },
      };
    },
    /** Publishes bars as ingest does; `ageMs` after the close of each. */
    publish: async (symbol: TradingSymbol, bars: readonly Bar[], ageMs: number) => {
      for (const bar of bars) {
        const id = candleId('spot', symbol, '1h', unixMs(bar.openTime));
        const data: CandleClosed = {
          venue: 'spot',
          symbol,
          interval: '1h',
          openTime: unixMs(bar.openTime),
          closeTime: unixMs(bar.openTime + hourMs - 1),
          open: price(String(bar.open)),
          high: price(String(bar.high)),
          low: price(String(bar.low)),
          close: price(String(bar.close)),
          volume: quantity(String(bar.volume)),
        };
        await bus.publish({
          id,
          definition: CandleClosed,
          source: 'ingest',
          time: unixMs(data.closeTime + ageMs),
          subject: subjects.candle('spot', symbol, '1h'),
          correlationId: id,
          causationId: id,
          data,
        });
      }
    },
    signals: (symbol: TradingSymbol) =>
      Array.fromAsync(
        bus.history({ stream: 'SIGNALS', subject: subjects.signal(symbol, '1h'), definitions: [SignalEmitted] }),
      ),
    /** Hands every stored candle to the predictor once more, as after the loss of the consumer. */
    deliverAgain: async () => {
      await bus.jetStreamManager.consumers.delete('MARKET', 'predictor-candles');
      await applyInfrastructure(bus, infrastructure);
    },
    deadLetters: async () => (await bus.jetStreamManager.streams.info('DEADLETTERS')).state.messages,
    status: async () => (await bus.request(predictorRpc.status, {})).rows,
    modelEvents: async (symbol: TradingSymbol) => {
      const records = await Array.fromAsync(ledger.readAll({ prefixes: ['model-'] }));
      const ours = new Set(records.filter(({ data }) => data['symbol'] === symbol).map(({ stream }) => stream));
      return records.filter(({ stream }) => ours.has(stream));
    },
    [Symbol.asyncDispose]: async () => {
      await bus.close();
      await ledger.close();
      await eventStore.close();
      await nats.stop();
      await rm(folder, { recursive: true });
    },
  };
};
export type System = Awaited<ReturnType<typeof startSystem>>;
