import { type DecisionEvent, defaultTradingConfig, type PortfolioEvent, TradingConfig } from '@bot-core/events';
import { observeFill, observeOrder, recordRejection } from '../orders/observe.ts';
import { claimOrder, releaseOrder } from '../orders/sending.ts';
import { requestExit } from '../positions/exit.ts';
import { considerSignal } from '../signals/consider.ts';
import type { PortfolioCommand } from './commands.ts';
import { type Draft, draftOn } from './draft.ts';
import type { Portfolio } from './state.ts';

/**
 * What a command leads to. Pure: the same command on the same state gives the same events, ids included.
 * No events means that there is nothing to do: it was done before, or it does not apply any more.
 * Portfolio events of one answer are one append. A `SignalRejected` comes alone and goes to the decision stream.
 */
export const decide = (command: PortfolioCommand, state: Portfolio): readonly (PortfolioEvent | DecisionEvent)[] => {
  switch (command.type) {
    case 'StartBot':
      return drafted(state, (draft) => startBot(draft, command));
    case 'StopBot':
      return drafted(state, (draft) => {
        if (state.running) draft.emit('BotStopped', [command.requestId], { by: command.by, at: command.at });
      });
    case 'ChangeConfig':
      return drafted(state, (draft) => changeConfig(draft, command));
    case 'ClosePosition':
      return drafted(state, (draft) =>
        requestExit(draft, command.symbol, {
          reason: 'operator',
          signalId: null,
          at: command.at,
          rules: command.rules,
        }),
      );
    case 'ObserveBalances':
      return drafted(state, (draft) => observeBalances(draft, command));
    case 'ConsiderSignal':
      return considerSignal(command, state);
    case 'ClaimOrder':
      return drafted(state, (draft) => claimOrder(draft, command));
    case 'ReleaseOrder':
      return drafted(state, (draft) => releaseOrder(draft, command));
    case 'RecordRejection':
      return drafted(state, (draft) => recordRejection(draft, command));
    case 'ObserveOrder':
      return drafted(state, (draft) => observeOrder(draft, command));
    case 'ObserveFill':
      return drafted(state, (draft) => observeFill(draft, command));
    default:
      return command satisfies never;
  }
};

const drafted = (state: Portfolio, write: (draft: Draft) => void): readonly PortfolioEvent[] => {
  const draft = draftOn(state);
  write(draft);
  return draft.events;
};

/** The first start without settings takes the defaults, and says so in the ledger. */
const startBot = (draft: Draft, { requestId, by, at }: Extract<PortfolioCommand, { type: 'StartBot' }>): void => {
  if (draft.state.running) return;
  if (!draft.state.config)
    draft.emit('TradingConfigChanged', [requestId], {
      configVersion: 1,
      config: defaultTradingConfig,
      by: 'system',
      at,
    });
  draft.emit('BotStarted', [requestId], { by, at });
};

const changeConfig = (
  draft: Draft,
  { config, requestId, by, at }: Extract<PortfolioCommand, { type: 'ChangeConfig' }>,
): void => {
  const { state } = draft;
  const unchanged = state.config && settings.every((name) => state.config?.[name] === config[name]);
  if (!unchanged)
    draft.emit('TradingConfigChanged', [requestId], { configVersion: state.configVersion + 1, config, by, at });
};
const settings = TradingConfig.keyof().options;

const observeBalances = (
  draft: Draft,
  { balances, at }: Extract<PortfolioCommand, { type: 'ObserveBalances' }>,
): void => {
  if (!draft.state.balancesObserved) draft.emit('BalancesObserved', ['first'], { balances: [...balances], at });
};
