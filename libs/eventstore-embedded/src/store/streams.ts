import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parseRetention, type Retention } from './metadata.ts';
import { isMetastream, metastreamOf, NO_EVENTS, TOMBSTONE_REVISION } from './types.ts';

/** What the server keeps in memory of one stream. */
export interface StreamState {
  /** Row id; undefined until the first event is written. */
  id: bigint | undefined;
  head: bigint;
  retention: Retention;
  /** The raw data of the last `$metadata` event, if there is one. */
  metadata: Uint8Array | undefined;
}

/** A metastream shows its last event only. */
const METASTREAM_RETENTION: Retention = { maxCount: 1n };
const MAX_CACHED = 20_000;

/** Names, ids, heads and metadata of streams, read through a bounded cache. */
export class Streams {
  readonly #states = new Map<string, StreamState>();
  readonly #names = new Map<bigint, string>();
  readonly #selectId: StatementSync;
  readonly #selectName: StatementSync;
  readonly #selectHead: StatementSync;
  readonly #selectLastData: StatementSync;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return statement;
    };
    this.#selectId = prepare('SELECT id FROM streams WHERE name = ?');
    this.#selectName = prepare('SELECT name FROM streams WHERE id = ?');
    this.#selectHead = prepare('SELECT max(revision) AS head FROM events WHERE stream = ?');
    this.#selectLastData = prepare(
      'SELECT e.data AS data FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ? ORDER BY e.revision DESC LIMIT 1',
    );
    this.#insert = prepare('INSERT INTO streams (name) VALUES (?)');
  }

  /** The state of the stream called `name`; one without events when nobody wrote to it. */
  state(name: string): StreamState {
    const cached = this.#states.get(name);
    if (cached) return cached;
    if (this.#states.size >= MAX_CACHED) this.forget();
    const id = bigintOf(this.#selectId.get(name)?.['id']);
    const head = id === undefined ? undefined : bigintOf(this.#selectHead.get(id)?.['head']);
    const state: StreamState = { id, head: head ?? NO_EVENTS, retention: {}, metadata: undefined };
    if (isMetastream(name)) state.retention = METASTREAM_RETENTION;
    else this.#readMetadata(name, state);
    this.#states.set(name, state);
    return state;
  }

  /** Takes note of metadata that was just written for `name`. */
  setMetadata(name: string, data: Uint8Array): void {
    const state = this.state(name);
    state.metadata = data;
    state.retention = parseRetention(data);
  }

  /** The row id of `name`, given to it now if it has none. */
  idFor(name: string, state: StreamState): bigint {
    if (state.id === undefined) state.id = BigInt(this.#insert.run(name).lastInsertRowid);
    return state.id;
  }

  nameOf(id: bigint): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#selectName.get(id)?.['name'];
    if (typeof name !== 'string') throw new Error(`event store: the log names a stream ${id} that does not exist`);
    if (this.#names.size >= MAX_CACHED) this.#names.clear();
    this.#names.set(id, name);
    return name;
  }

  /** Drops the cache: after a rollback it may hold what was never stored. */
  forget(): void {
    this.#states.clear();
    this.#names.clear();
  }

  #readMetadata(name: string, state: StreamState): void {
    const data = this.#selectLastData.get(metastreamOf(name))?.['data'];
    if (!(data instanceof Uint8Array)) return;
    state.metadata = data;
    state.retention = parseRetention(data);
  }
}

/** Deleted, but not for ever: it may be written to again. */
export const isSoftDeleted = (state: StreamState): boolean => state.retention.truncateBefore === TOMBSTONE_REVISION;

const bigintOf = (value: unknown): bigint | undefined => (typeof value === 'bigint' ? value : undefined);
