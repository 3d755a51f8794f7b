import type { BotStatusRow } from '@bot-core/events';
import type { Fact } from './fact.ts';

export const initialBotStatus = (botId: string): BotStatusRow => ({
  botId,
  running: false,
  config: null,
  configVersion: 0,
  openPositions: 0,
  ordersInFlight: 0,
  ledgerRevision: -1,
  updatedAt: null,
});

/** The bot at a glance after one event of its portfolio. */
export const projectBotStatus = (row: BotStatusRow, { event, revision }: Fact): BotStatusRow => {
  if (event.type === 'SignalRejected') return row;
  return { ...row, ...changeOf(row, event), ledgerRevision: revision, updatedAt: event.data.at };
};

const changeOf = (row: BotStatusRow, event: Fact['event']): Partial<BotStatusRow> => {
  switch (event.type) {
    case 'BotStarted':
      return { running: true };
    case 'BotStopped':
      return { running: false };
    case 'TradingConfigChanged':
      return { config: event.data.config, configVersion: event.data.configVersion };
    case 'PositionOpened':
      return { openPositions: row.openPositions + 1 };
    case 'PositionClosed':
      return { openPositions: row.openPositions - 1 };
    case 'OrderRequested':
      return { ordersInFlight: row.ordersInFlight + 1 };
    case 'OrderAccepted':
    case 'OrderRejected':
    case 'OrderAbandoned': // each of them follows only on requested or claimed
      return { ordersInFlight: row.ordersInFlight - 1 };
    default:
      return {};
  }
};
