import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Counts for Prometheus. `text()` is what a scrape gets. */
export function prometheusMetrics(): Metrics & { text(): Promise<string> } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const stored = new Counter({ name: 'eventstore_events_appended_total', help: 'Events stored.', registers });
  const appends = new Counter({
    name: 'eventstore_appends_total',
    help: 'Appends answered, by outcome. A retry of what is stored already counts as appended.',
    labelNames: ['outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'eventstore_append_duration_seconds',
    help: 'From the last byte of an append to its answer, the disk sync included.',
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
    registers,
  });
  const sent = new Counter({
    name: 'eventstore_events_delivered_total',
    help: 'Events sent to readers and subscribers.',
    registers,
  });
  const open = new Gauge({ name: 'eventstore_subscriptions', help: 'Open subscriptions.', registers });
  return {
    appended: (events, outcome, seconds) => {
      stored.inc(events);
      appends.inc({ outcome });
      duration.observe(seconds);
    },
    delivered: (events) => sent.inc(events),
    subscriptions: (change) => open.inc(change),
    text: () => registry.metrics(),
  };
}
