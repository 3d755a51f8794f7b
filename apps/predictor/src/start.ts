import { connectEventStore } from '@bot-core/event-store';
import { CandleClosed } from '@bot-core/events';
import { barOf, rules } from '@bot-core/features';
import { type Bus, connectBus, JetStreamStrategy } from '@bot-core/jetstream';
import type { Config, RunningService, ServiceContext } from '@bot-core/service';
import { NestFactory } from '@nestjs/core';
import { predictorMetrics } from './metrics.ts';
import { ModelLedger } from './models/ledger.ts';
import type { LstmOptions } from './models/lstm/lstm-models.ts';
import { openLstmModels } from './models/lstm/index.ts';
import { ruleModels } from './models/rule-models.ts';
import type { ModelSource } from './models/source.ts';
import { PredictorModule } from './predictor.module.ts';
import type { predictorSettings } from './settings.ts';
import { Predictor } from './signals/predictor.ts';
import type { ReadBars } from './windows/series.ts';

type Context = ServiceContext<typeof predictorSettings>;

/** Connects, makes the stored models ready, and takes candles. @throws {Error} when a stored model can't be trusted */
export const start = async ({ config, logger, health, metrics, signal }: Context): Promise<RunningService> => {
  let predictor: Predictor | undefined;
  health.set('models', 'starting');
  const ledger = connectEventStore(config.eventStoreUrl, {
    onHealth: ({ status, error }) => health.set('event store', eventStoreStates[status], error),
  });
  health.set('event store', 'starting');
  await ledger.ping();
  const bus = await connectBus({
    url: config.natsUrl,
    name: 'predictor',
    logger,
    onState: (state, detail) => {
      health.set('nats', state, detail);
      if (state === 'up') predictor?.forget();
    },
  });
  const { observeSignal, observeTraining } = predictorMetrics(metrics);
  const onState = (detail: string) => health.set('models', 'up', detail);
  const models = await modelSource(config, {
    ledger: new ModelLedger(ledger),
    logger,
    signal,
    onTrained: observeTraining,
    onState,
  });
  await models.restore();
  predictor = new Predictor({
    models,
    read: (subject) => readBars(bus, subject),
    publish: (message) => bus.publish(message),
    observe: observeSignal,
  });
  const app = await NestFactory.createMicroservice(PredictorModule.with({ predictor, stopping: signal }), {
    strategy: new JetStreamStrategy({ bus, logger, metrics, maxWorkingMs: longestTrainingMs }),
    logger: false,
  });
  await app.listen();
  return {
    close: async () => {
      await app.close();
      await bus.close();
      await ledger.close();
    },
  };
};

/** With the most candles that the settings allow, on a slow machine. */
const longestTrainingMs = 30 * 60_000;

const eventStoreStates = { connecting: 'starting', up: 'up', reconnecting: 'down', closed: 'down' } as const;

const modelSource = async (
  config: Config<typeof predictorSettings>,
  parts: Pick<LstmOptions, 'ledger' | 'logger' | 'signal' | 'onTrained' | 'onState'>,
): Promise<ModelSource> => {
  if (config.model !== 'lstm') {
    parts.onState(`ready: ${rules[config.model].id}`);
    return ruleModels(rules[config.model]);
  }
  return openLstmModels(config, parts);
};

const readBars = (bus: Bus, subject: string): ReadBars =>
  async function* (fromSequence, toSequence) {
    const stored = bus.history({ stream: 'MARKET', subject, definitions: [CandleClosed], fromSequence, toSequence });
    for await (const { data, sequence } of stored) yield { bar: barOf(data), sequence };
  };
