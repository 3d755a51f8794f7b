import { commonSettings } from '@bot-core/service';

export const projectorSettings = {
  natsUrl: commonSettings.natsUrl,
  eventStoreUrl: commonSettings.eventStoreUrl,
  databaseUrl: commonSettings.databaseUrl,
  botId: commonSettings.botId,
};
