import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { readModels } from './migrations/0001-read-models.ts';
import type { Database } from './schema.ts';

/** In order of their names. A migration that has run anywhere is never changed; the next change is a new one. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-read-models': readModels,
};

/** The database was brought on by a build that is newer than this one. */
export class NewerDatabase extends Error {
  readonly code = 'newer-database';
  constructor(unknown: readonly string[]) {
    super(
      `projector: the database knows migrations that this build does not (${unknown.join(', ')}): a newer build wrote it. ` +
        'Run that build, or point DATABASE_URL to another database (read models are rebuilt from the ledger).',
    );
    this.name = 'NewerDatabase';
  }
}

/**
 * Brings the tables to this build's form. Services that start together take turns (an advisory lock).
 * @returns the names of the migrations that ran now.
 * @throws {NewerDatabase}
 */
export const migrate = async (db: Database, known = migrations): Promise<readonly string[]> => {
  const unknown = (await applied(db)).filter((name) => !(name in known));
  if (unknown.length > 0) throw new NewerDatabase(unknown);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...known }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) {
    const failed = results.find(({ status }) => status === 'Error')?.migrationName ?? 'the migrations';
    throw new Error(`projector: ${failed} could not be applied: ${(error as Error).message}`, { cause: error });
  }
  return results.map(({ migrationName }) => migrationName);
};

const applied = async (db: Database): Promise<readonly string[]> => {
  const { rows } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(
    db,
  );
  if (!rows[0]?.exists) return [];
  return (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows.map(
    ({ name }) => name,
  );
};
