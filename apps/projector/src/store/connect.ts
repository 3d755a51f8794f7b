import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Schema } from './schema.ts';

/** Eight-byte integers here are times, revisions and counts, all below 2^53. NUMERIC stays text: exact, with its scale. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? (value: string) => Number(value) : pg.types.getTypeParser(oid, format),
};

/**
 * A pool of connections; none is made yet. `onError` hears of idle connections that broke; the pool makes new ones.
 * Not synchronous: after a crash of the server the newest commits may be missing, but never rows without their
 * checkpoint, so that they are made again.
 */
export const openDatabase = (url: string, onError: (error: Error) => void): Database => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 6,
    types,
    application_name: 'botcore-projector',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options:
      '-c synchronous_commit=off -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
  });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError)); // one in use would throw it at the process otherwise
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
};
