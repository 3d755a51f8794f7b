import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Applied } from './writer/batch.ts';

export interface ProjectorMetrics {
  committed(applied: Applied, tookMs: number): void;
  /** Whether this replica is the one that writes. */
  leading(is: boolean): void;
}

export const projectorMetrics = (registry: Registry): ProjectorMetrics => {
  const registers = [registry];
  const events = new Counter({ name: 'projector_ledger_events_total', help: 'Ledger events projected', registers });
  const signals = new Counter({ name: 'projector_signals_total', help: 'Signals written', registers });
  const duration = new Histogram({
    name: 'projector_commit_seconds',
    help: 'From taking a batch to its commit',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const size = new Histogram({
    name: 'projector_batch_items',
    help: 'Ledger events and signals in one commit',
    buckets: [1, 2, 5, 10, 25, 100, 250, 1_000],
    registers,
  });
  const lag = new Gauge({
    name: 'projector_ledger_lag_seconds',
    help: 'Age of the newest event of the last batch when it was committed, by the clocks of event store and projector',
    registers,
  });
  const writer = new Gauge({ name: 'projector_writer', help: '1 in the replica that writes', registers });
  const revision = new Gauge({ name: 'projector_portfolio_revision', help: 'Newest one committed', registers });
  const sequence = new Gauge({ name: 'projector_signals_sequence', help: 'Newest one committed', registers });
  return {
    committed: ({ writing, facts, signals: rows, newestStoredAt }, tookMs) => {
      events.inc(facts);
      signals.inc(rows.length);
      duration.observe(tookMs / 1_000);
      size.observe(facts + rows.length);
      if (newestStoredAt !== undefined) lag.set(Math.max(0, Date.now() - newestStoredAt) / 1_000);
      revision.set(writing.checkpoint.portfolioRevision);
      sequence.set(writing.checkpoint.signalsSequence);
    },
    leading: (is) => writer.set(is ? 1 : 0),
  };
};
