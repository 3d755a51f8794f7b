import type { SignalEmitted } from '@bot-core/events';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What `/metrics` tells of the predictor. */
export const predictorMetrics = (registry: Registry) => {
  const registers = [registry];
  const signals = new Counter({
    name: 'predictor_signals_total',
    help: 'Signals made, redeliveries included',
    labelNames: ['symbol', 'direction', 'cause', 'model_type'],
    registers,
  });
  const judging = new Histogram({
    name: 'predictor_judging_seconds',
    help: 'Time to find the window of a candle, compute its features and judge it',
    labelNames: ['model_type'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1],
    registers,
  });
  const trainings = new Counter({ name: 'predictor_trainings_total', help: 'Trainings that ended well', registers });
  const training = new Gauge({
    name: 'predictor_training_seconds',
    help: 'How long the newest training took',
    registers,
  });
  return {
    observeSignal: ({ symbol, direction, cause, modelType }: SignalEmitted, seconds: number): void => {
      signals.inc({ symbol, direction, cause, model_type: modelType });
      judging.observe({ model_type: modelType }, seconds);
    },
    observeTraining: (seconds: number): void => {
      trainings.inc();
      training.set(seconds);
    },
  };
};
