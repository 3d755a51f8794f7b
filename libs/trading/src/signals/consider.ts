import {
  type Amount,
  clientOrderIdFor,
  type DecisionEvent,
  idOf,
  type PortfolioEvent,
  type RejectionReason,
  type TradingConfig,
  unixMs,
} from '@bot-core/events';
import { asAmount, asQuantity } from '../money/decimal.ts';
import type { PortfolioCommand } from '../portfolio/commands.ts';
import { type Draft, draftOn } from '../portfolio/draft.ts';
import type { Portfolio } from '../portfolio/state.ts';
import { requestExit } from '../positions/exit.ts';
import { entryRules, exitRules } from '../risk/rules.ts';
import { equityAt, sizeEntry } from '../risk/sizing.ts';

type Consider = Extract<PortfolioCommand, { type: 'ConsiderSignal' }>;
type Decided = readonly (PortfolioEvent | DecisionEvent)[];

/**
 * A signal becomes one order or is refused with the first reason. Two kinds leave no trace here: a neutral one, which asks for
 * nothing, and one that is not newer than the newest decided in its symbol. That one was decided before (after a crash of the
 * broker, hundreds come again) or was overtaken; either way it leads to no order.
 */
export const considerSignal = (command: Consider, state: Portfolio): Decided => {
  const { signal, at } = command;
  if (signal.direction === 'neutral') return [];
  const newest = state.decided.get(signal.symbol);
  if (newest !== undefined && newest >= signal.openTime) return [];
  const { config } = state;
  if (!config) return [rejected(command, state, 'bot-stopped', {})];

  for (const rule of signal.direction === 'long' ? entryRules : exitRules) {
    const figures = rule.refuses({ signal, state, config, at });
    if (figures) return [rejected(command, state, rule.reason, figures)];
  }
  return signal.direction === 'long' ? enter(command, state, config) : leave(command, state);
};

const enter = (command: Consider, state: Portfolio, config: TradingConfig): Decided => {
  const { signal, rules, at } = command;
  const sizing = sizeEntry(state, config, rules, signal.price);
  if ('refusal' in sizing) return [rejected(command, state, sizing.refusal, sizing.figures)];
  const draft = draftOn(state);
  accept(draft, command, sizing.equity);
  const clientOrderId = clientOrderIdFor('entry', `${state.botId}/${signal.signalId}`);
  draft.emit('OrderRequested', [clientOrderId], {
    clientOrderId,
    purpose: 'entry',
    symbol: signal.symbol,
    request: { type: 'market', side: 'BUY', quantity: asQuantity(sizing.quantity) },
    signalId: signal.signalId,
    positionId: idOf('position', clientOrderId),
    exitReason: null,
    after: null,
    expiresAt: unixMs(signal.closeTime + config.maxSignalAgeMs),
    at,
  });
  return draft.events;
};

const leave = (command: Consider, state: Portfolio): Decided => {
  const { signal, rules, at } = command;
  const draft = draftOn(state);
  accept(draft, command, asAmount(equityAt(state, rules, signal.price)));
  requestExit(draft, signal.symbol, { reason: 'signal', signalId: signal.signalId, at, rules });
  if (draft.events.some(({ type }) => type === 'OrderRequested')) return draft.events;
  const held = state.positions.get(signal.symbol)?.quantity.toFixed() ?? '0';
  return [
    rejected(command, state, 'below-minimum', { held, minQuantity: rules.minQuantity, minNotional: rules.minNotional }),
  ];
};

const accept = (draft: Draft, { signal, at }: Consider, equity: Amount): void => {
  const { signalId, symbol, interval, openTime, direction, probability, confidence, modelId, price } = signal;
  draft.emit('SignalAccepted', [signalId], {
    ...{ signalId, symbol, interval, openTime, direction, probability, confidence, modelId, price },
    configVersion: draft.state.configVersion,
    equity,
    at,
  });
};

const rejected = (
  { signal, at }: Consider,
  state: Portfolio,
  reason: RejectionReason,
  figures: Readonly<Record<string, string>>,
): DecisionEvent => {
  const { signalId, symbol, interval, openTime, direction, confidence, modelId, price } = signal;
  return {
    id: idOf('SignalRejected', state.botId, signalId),
    type: 'SignalRejected',
    data: {
      ...{ signalId, symbol, interval, openTime, direction, confidence, modelId, price },
      reason,
      figures: { ...figures },
      configVersion: state.configVersion,
      at,
    },
  };
};
