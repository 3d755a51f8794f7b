import { connectEventStore } from '@bot-core/event-store';
import { connectBus } from '@bot-core/jetstream';
import { createLogger, loadSettings, secretsOf } from '@bot-core/service';
import { rebuild } from './writer/rebuild.ts';
import { projectorSettings } from './settings.ts';
import { openDatabase } from './store/connect.ts';

/** `npm run rebuild`: drops the rows of all read models and makes them again from the ledger and the signals. */
const main = async (): Promise<void> => {
  const { databaseUrl, eventStoreUrl, natsUrl, botId } = loadSettings(projectorSettings);
  const logger = createLogger({ name: 'rebuild', level: 'info', secrets: secretsOf(projectorSettings) });
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  const db = openDatabase(databaseUrl, (error) => logger.warn({ reason: error.message }, 'postgres: connection lost'));
  const ledger = connectEventStore(eventStoreUrl);
  try {
    const bus = await connectBus({ url: natsUrl, name: 'rebuild', logger });
    try {
      const outcome = await rebuild({ db, ledger, bus, botId, logger, signal: stopping.signal });
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
    } finally {
      await bus.close();
    }
  } finally {
    await ledger.close();
    await db.destroy();
  }
};

await main().catch((error: Error) => {
  process.stderr.write(`rebuild: ${error.message}\n`);
  process.exitCode = 1;
});
