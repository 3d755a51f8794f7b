import { sql } from 'kysely';
import { initialAccount } from '../projections/account.ts';
import type { Checkpoint, Database } from './schema.ts';
import { rowTables } from './schema.ts';

/** Raised when a projection gives other rows than before for the same events: the rows are then made anew. */
export const modelVersion = 1;

/** The database holds another bot's rows, or rows of a newer build. */
export class ForeignRows extends Error {
  readonly code = 'foreign-rows';
}

export const readCheckpoint = (db: Database): Promise<Checkpoint | undefined> =>
  db.selectFrom('checkpoint').selectAll().executeTakeFirst();

/**
 * The checkpoint to go on from; at the very beginning, and when the projections have changed since, that of an empty database.
 * @throws {ForeignRows}
 */
export const openCheckpoint = async (db: Database, botId: string): Promise<Checkpoint> => {
  const found = await readCheckpoint(db);
  if (found?.botId !== undefined && found.botId !== botId)
    throw new ForeignRows(
      `projector: the database holds the read models of bot "${found.botId}"; this is bot "${botId}" (BOT_ID). ` +
        'Give each bot a database of its own (DATABASE_URL).',
    );
  if (found && found.modelVersion > modelVersion)
    throw new ForeignRows(
      `projector: the rows were made by version ${found.modelVersion} of the projections; this build has ${modelVersion}. Run the newer build.`,
    );
  if (found?.modelVersion === modelVersion) return found;
  await reset(db, botId);
  const fresh = await readCheckpoint(db);
  if (!fresh) throw new Error('projector: the checkpoint row vanished while the database was reset.');
  return fresh;
};

/**
 * Drops all rows and begins again. A writer that is at work finds itself overtaken at its next commit and replays
 * everything from the new checkpoint; the counter of commits goes on, so that change notices keep their order.
 */
export const reset = (db: Database, botId: string): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    await sql`lock table checkpoint in exclusive mode`.execute(transaction);
    const before = await readCheckpoint(transaction);
    for (const table of rowTables) await transaction.deleteFrom(table).execute();
    const fresh = {
      ...{ id: 1 as const, botId, modelVersion, commits: (before?.commits ?? 0) + 1 },
      ...{ ledgerPosition: null, portfolioRevision: -1, signalsSequence: 0, signalsStream: null },
      account: initialAccount,
    };
    await transaction
      .insertInto('checkpoint')
      .values(fresh)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(fresh))
      .execute();
  });
