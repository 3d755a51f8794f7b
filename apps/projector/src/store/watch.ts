import type { Health } from '@bot-core/service';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './schema.ts';

const everyMs = 2_000;

/** Says in `health` how the database fares, until `signal` is aborted. */
export const watchDatabase = async (db: Database, health: Health, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await sql`select 1`.execute(db).then(
      () => health.set('postgres', 'up'),
      (error: Error) => health.set('postgres', 'down', error.message),
    );
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
};
