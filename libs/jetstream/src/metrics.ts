import { Counter, Histogram, type Registry } from 'prom-client';

export type Outcome = 'handled' | 'failed' | 'dead-lettered' | 'refused' | 'dropped';

export interface BusMetrics {
  /** `seconds` is how long the handler took, where one was called. */
  count(source: string, outcome: Outcome, seconds?: number): void;
}

/** Counts by source: the durable consumer, the notice pattern or the request subject. */
export const busMetrics = (registry: Registry | undefined): BusMetrics => {
  if (!registry) return { count: () => undefined };
  const messages =
    (registry.getSingleMetric('bus_messages_total') as Counter | undefined) ??
    new Counter({
      name: 'bus_messages_total',
      help: 'Messages by source and outcome; failed ones come again',
      labelNames: ['source', 'outcome'],
      registers: [registry],
    });
  const durations =
    (registry.getSingleMetric('bus_handler_seconds') as Histogram | undefined) ??
    new Histogram({
      name: 'bus_handler_seconds',
      help: 'How long handlers took, in seconds',
      labelNames: ['source'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers: [registry],
    });
  return {
    count: (source, outcome, seconds) => {
      messages.inc({ source, outcome });
      if (seconds !== undefined) durations.observe({ source }, seconds);
    },
  };
};
