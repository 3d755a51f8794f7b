import type { RejectionReason, SignalEmitted, TradingConfig, UnixMs } from '@bot-core/events';
import { ordersOf, type Portfolio } from '../portfolio/state.ts';
import { exposedSymbols } from './sizing.ts';

export interface Judged {
  readonly signal: SignalEmitted;
  readonly state: Portfolio;
  readonly config: TradingConfig;
  readonly at: UnixMs;
}

/** A rule is a value: it can be read, documented and counted. `refuses` gives the figures it refused by, or null. */
export interface SignalRule {
  readonly reason: RejectionReason;
  refuses(judged: Judged): Readonly<Record<string, string>> | null;
}

const rule = (reason: RejectionReason, refuses: SignalRule['refuses']): SignalRule => ({ reason, refuses });
const text = (value: number | string): string => String(value);

/** Judged in this order, for every signal that asks for something. */
const always: readonly SignalRule[] = [
  rule('bot-stopped', ({ state }) => (state.running ? null : {})),
  rule('stale-signal', ({ signal, config, at }) => {
    const ageMs = at - signal.closeTime;
    return ageMs > config.maxSignalAgeMs ? { ageMs: text(ageMs), maxSignalAgeMs: text(config.maxSignalAgeMs) } : null;
  }),
  rule('low-confidence', ({ signal, config }) =>
    signal.confidence > config.minConfidence
      ? null
      : { confidence: text(signal.confidence), minConfidence: text(config.minConfidence) },
  ),
];

const orderPending = rule('order-pending', ({ state, signal }) => {
  const pending = ordersOf(state, signal.symbol).find(
    ({ terms, status }) => terms.purpose !== 'protection' || (status !== 'accepted' && status !== 'filling'),
  );
  return pending ? { order: pending.terms.clientOrderId, status: pending.status } : null;
});

export const entryRules: readonly SignalRule[] = [
  ...always,
  rule('disabled', ({ config }) => (config.enabled ? null : {})),
  orderPending,
  rule('position-exists', ({ state, signal }) => {
    const position = state.positions.get(signal.symbol);
    return position ? { position: position.positionId, quantity: position.quantity.toFixed() } : null;
  }),
  rule('max-positions', ({ state, config }) => {
    const open = exposedSymbols(state).size;
    return open < config.maxPositions ? null : { open: text(open), maxPositions: text(config.maxPositions) };
  }),
];

/** On spot a short signal closes a long; there is nothing to open. */
export const exitRules: readonly SignalRule[] = [
  ...always,
  orderPending,
  rule('no-position', ({ state, signal }) => (state.positions.has(signal.symbol) ? null : {})),
];
