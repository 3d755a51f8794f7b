import type { TradingEvent } from '@bot-core/trading';
import { Counter, type Registry } from 'prom-client';

/** Counts what was appended to the ledger. */
export const executorMetrics = (registry: Registry): ((events: readonly TradingEvent[]) => void) => {
  const decisions = new Counter({
    name: 'executor_decisions_total',
    help: 'Signals that asked for something, by outcome: accepted, or the reason of the refusal',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'executor_ledger_events_total',
    help: 'Events appended to the portfolio, by type',
    labelNames: ['type'],
    registers: [registry],
  });
  return (appended) => {
    for (const { type, data } of appended) {
      if (type === 'SignalRejected') decisions.inc({ outcome: data.reason });
      else events.inc({ type });
      if (type === 'SignalAccepted') decisions.inc({ outcome: 'accepted' });
    }
  };
};
