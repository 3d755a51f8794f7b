import { connectEventStore } from '@bot-core/event-store';
import { connectBus, JetStreamStrategy } from '@bot-core/jetstream';
import type { RunningService, ServiceContext } from '@bot-core/service';
import { NestFactory } from '@nestjs/core';
import { OpenPositions } from './live/open-positions.ts';
import { LivePrices } from './live/prices.ts';
import { projectorMetrics } from './metrics.ts';
import { runProjector } from './projector.ts';
import { ProjectorModule } from './projector.module.ts';
import { Queries } from './queries/queries.ts';
import type { projectorSettings } from './settings.ts';
import { openDatabase } from './store/connect.ts';
import { migrate } from './store/migrate.ts';
import { watchDatabase } from './store/watch.ts';

/** @throws {Error} when the bus or the database is not there, or a newer build wrote the database. */
export const start = async (context: ServiceContext<typeof projectorSettings>): Promise<RunningService> => {
  const { config, logger, health, metrics } = context;
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    stopping.abort();
    for (const step of closing.toReversed()) await step();
  };
  try {
    const db = openDatabase(config.databaseUrl, (error) =>
      logger.warn({ reason: error.message }, 'postgres: connection lost'),
    );
    closing.push(() => db.destroy());
    const applied = await migrate(db);
    if (applied.length > 0) logger.info({ applied }, 'projector: tables brought up to date');
    health.set('event store', 'starting');
    const ledger = connectEventStore(config.eventStoreUrl, {
      onHealth: ({ status, error }) => health.set('event store', status === 'up' ? 'up' : 'down', error),
    });
    closing.push(() => ledger.close());
    const bus = await connectBus({
      url: config.natsUrl,
      name: 'projector',
      logger,
      onState: (state, detail) => health.set('nats', state, detail),
    });
    closing.push(() => bus.close());
    const openPositions = new OpenPositions((message) => bus.notify(message));
    const strategy = new JetStreamStrategy({ bus, logger, metrics });
    const queries = new Queries(db, config.botId);
    const parts = { queries, prices: new LivePrices(), openPositions };
    const app = await NestFactory.createMicroservice(ProjectorModule.with(parts), { strategy, logger: false });
    await app.listen();
    closing.push(() => app.close());
    const watching = watchDatabase(db, health, signal);
    const { botId } = config;
    const writing = runProjector({
      ...{ db, ledger, bus, botId, openPositions, logger, health, signal },
      metrics: projectorMetrics(metrics),
    });
    closing.push(() => Promise.all([writing, watching]));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
};
