import type { Fact } from './fact.ts';
import type { DecisionRow } from './records.ts';

/** The row of a judged signal; nothing for any other event. */
export const decisionOf = ({ event }: Fact): DecisionRow | undefined => {
  if (event.type === 'SignalAccepted') {
    const { signalId, symbol, openTime, direction, configVersion, equity, price, at } = event.data;
    const figures = { equity, price };
    return { signalId, symbol, openTime, direction, outcome: 'accepted', reason: null, figures, configVersion, at };
  }
  if (event.type === 'SignalRejected') {
    const { signalId, symbol, openTime, direction, reason, figures, configVersion, at } = event.data;
    return { signalId, symbol, openTime, direction, outcome: 'rejected', reason, figures, configVersion, at };
  }
  return undefined;
};

/**
 * Two executors may judge one signal at the same time, and their verdicts lie in different streams: an acceptance counts,
 * because it made an order; between refusals, the first.
 */
export const firstVerdict = (known: DecisionRow | undefined, next: DecisionRow): DecisionRow =>
  known && (known.outcome === 'accepted' || next.outcome === 'rejected') ? known : next;
