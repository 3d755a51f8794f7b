import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The layout this code reads and writes; kept in `PRAGMA user_version`. Raise it with every change of the tables. */
export const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position     INTEGER PRIMARY KEY,
    stream       INTEGER NOT NULL REFERENCES streams (id),
    revision     INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    data         BLOB    NOT NULL,
    metadata     BLOB    NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE INDEX events_by_id ON events (stream, id);
`;

/** Why the event store can't open its data folder. */
export class DataFolderError extends Error {
  readonly code: 'data-folder-unusable' | 'data-folder-locked' | 'data-folder-newer';

  constructor(code: DataFolderError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataFolderError';
    this.code = code;
  }
}

/**
 * Opens (and on first use creates) the log in `dataDir`, or one that lives in memory for `':memory:'`.
 * The file is held exclusively until it is closed or the process ends.
 * @throws {DataFolderError} when the folder can't be written, is held by another process, or was written by newer code.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  if (dataDir === ':memory:') return prepare(new DatabaseSync(':memory:'), dataDir);
  let database: DatabaseSync;
  try {
    mkdirSync(dataDir, { recursive: true });
    database = new DatabaseSync(join(dataDir, 'events.sqlite'), { timeout: 1_000 });
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
  try {
    return prepare(database, dataDir);
  } catch (cause) {
    database.close();
    if (cause instanceof DataFolderError) throw cause;
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) {
      const message = `event store: the data folder ${dataDir} is in use by another process. Stop that process, or name another folder with --data.`;
      throw new DataFolderError('data-folder-locked', message, { cause });
    }
    throw unusable(dataDir, cause);
  }
}

function prepare(database: DatabaseSync, dataDir: string): DatabaseSync {
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.['user_version']);
  if (version > SCHEMA_VERSION) {
    const message = `event store: the data folder ${dataDir} was written by a newer version (layout ${version}, this one knows ${SCHEMA_VERSION}). Update this program, or name another folder with --data.`;
    throw new DataFolderError('data-folder-newer', message);
  }
  // FULL: an append is acknowledged only after its bytes are on the disk.
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000',
  );
  database.exec('BEGIN EXCLUSIVE');
  if (version === 0) database.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  database.exec('COMMIT');
  return database;
}

function unusable(dataDir: string, cause: unknown): DataFolderError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `event store: the data folder ${dataDir} can't be used: ${reason}. Name a folder that this user may write with --data.`;
  return new DataFolderError('data-folder-unusable', message, { cause });
}
