import { commonSettings, exchangeSettings, setting, wholeNumber } from '@bot-core/service';
import { z } from 'zod';

export const executorSettings = {
  natsUrl: commonSettings.natsUrl,
  eventStoreUrl: commonSettings.eventStoreUrl,
  botId: commonSettings.botId,
  ...exchangeSettings,
  executorName: setting(
    'EXECUTOR_NAME',
    'Names this executor in the claims that it writes to the ledger. Give each replica its own.',
    z.string().regex(/^[a-z0-9-]{1,32}$/, { error: 'expected up to 32 lower-case letters, digits and hyphens' }),
    { default: 'executor-1' },
  ),
  positionCheckIntervalMs: setting(
    'POSITION_CHECK_INTERVAL_MS',
    'How often orders that rest on the exchange are asked for, in milliseconds, beside the reports that it pushes.',
    wholeNumber({ min: 100 }),
    { default: '5000' },
  ),
};
