import type { TradingSymbol } from '@bot-core/events';
import { connectBinance, type Exchange, Refused } from '@bot-core/exchange';
import { connectBus, JetStreamStrategy } from '@bot-core/jetstream';
import type { RunningService, ServiceContext } from '@bot-core/service';
import { NestFactory } from '@nestjs/core';
import { type Persistence, Stopped, untilItWorks } from './candles/persist.ts';
import { Ingest } from './ingest.ts';
import { IngestModule } from './ingest.module.ts';
import { ingestMetrics } from './metrics.ts';
import type { ingestSettings } from './settings.ts';

type Context = ServiceContext<typeof ingestSettings>;

/**
 * Connects, stores the history and follows the markets. Waits for an exchange that is down; a bus that is down ends the start.
 * @throws {Error} when the bus is not there, or the exchange does not know a symbol.
 */
export const start = async (context: Context): Promise<RunningService> => {
  const { config, logger, health, metrics, signal } = context;
  const bus = await connectBus({
    url: config.natsUrl,
    name: 'ingest',
    logger,
    onState: (state, detail) => health.set('nats', state, detail),
  });
  const persistence: Persistence = {
    signal,
    onFailure: (error, waitMs) => {
      health.set('exchange', 'down', error.message);
      logger.warn({ waitMs, reason: error.message }, 'the exchange does not answer, trying again');
    },
  };
  const closing: (() => Promise<void>)[] = [() => bus.close()];
  const close = async (): Promise<void> => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const exchange = await untilItWorks(() => connectBinance({ ...config, logger }), persistence);
    closing.push(() => exchange.close());
    await Promise.all(config.symbols.map((symbol) => checkSymbol(exchange, symbol, persistence)));
    const ingest = new Ingest({ ...config, exchange, bus, metrics: ingestMetrics(metrics), health, logger, signal });
    const app = await NestFactory.createMicroservice(IngestModule.with(ingest), {
      strategy: new JetStreamStrategy({ bus, logger, metrics }),
      logger: false,
    });
    closing.push(() => ingest.close());
    await app.listen();
    closing.push(() => app.close());
    await ingest.start();
  } catch (error) {
    if (error instanceof Stopped) return { close };
    await close();
    throw error;
  }
  return { close };
};

const checkSymbol = async (exchange: Exchange, symbol: TradingSymbol, persistence: Persistence): Promise<void> => {
  const known = await untilItWorks(async () => {
    try {
      await exchange.rules(symbol);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }, persistence);
  if (!known) throw new Error(`ingest: the exchange has no market ${symbol}. Correct SYMBOLS.`);
};
