import { type RunningPostgres, startPostgres } from '@bot-core/embedded/postgres';
import { sql } from 'kysely';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/store/connect.ts';
import { type Database, rowTables } from '../src/store/schema.ts';

export interface TestPostgres extends AsyncDisposable {
  readonly server: RunningPostgres;
  /** kill -9, then a new start on the same folder and port. */
  crash(): Promise<void>;
  /** An empty database of its own; closed with the server. */
  fresh(): Promise<{ url: string; db: Database }>;
}

/** A real PostgreSQL in a temporary folder. */
export const testPostgres = async (): Promise<TestPostgres> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'projector-postgres-'));
  let server = await startPostgres({ dataDir });
  const opened: Database[] = [];
  const open = (url: string): Database => {
    const db = openDatabase(url, () => undefined);
    opened.push(db);
    return db;
  };
  const admin = open(server.url);
  let count = 0;
  return {
    server,
    crash: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
      server = await startPostgres({ dataDir, port: server.port });
    },
    fresh: async () => {
      const name = `test_${(count += 1)}`;
      await sql`create database ${sql.id(name)}`.execute(admin);
      const url = new URL(server.url);
      url.pathname = name;
      return { url: url.href, db: open(url.href) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((db) => db.destroy()));
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** Every row of every read model, in an order that depends on nothing but the rows. */
export const dump = async (db: Database): Promise<Record<string, string[]>> => {
  const tables: Record<string, string[]> = {};
  for (const table of rowTables) {
    const rows = await db.selectFrom(table).selectAll().execute();
    tables[table] = rows.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
  }
  return tables;
};
