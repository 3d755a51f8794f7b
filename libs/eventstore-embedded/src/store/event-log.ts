import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { judgeAppend } from './judge-append.ts';
import { firstVisible, SOFT_DELETED_METADATA, undeletedMetadata } from './metadata.ts';
import { isSoftDeleted, Streams, type StreamState } from './streams.ts';
import {
  isMetastream,
  metastreamOf,
  NO_EVENTS,
  originalOf,
  TOMBSTONE_REVISION,
  type AppendOutcome,
  type DeleteOutcome,
  type Expected,
  type ProposedEvent,
  type StoredEvent,
} from './types.ts';

/** Where a stream stands for a reader. */
export type StreamStatus = 'missing' | 'soft-deleted' | 'tombstoned' | 'readable';

/** A row of the log without its data: enough to filter by. */
export interface ScannedEvent {
  position: bigint;
  stream: string;
  type: string;
}

const COLUMNS = 'position, stream, revision, id, type, content_type, created_ms, data, metadata';

/**
 * The log: every event of every stream, in one order, in SQLite. Synchronous and used from one thread, so each method
 * sees and leaves it whole. Writes go through {@link write}; reads are lazy, and a caller may stop at any event.
 */
export class EventLog {
  readonly #database: DatabaseSync;
  readonly #streams: Streams;
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #one: StatementSync;
  readonly #idAt: StatementSync;
  readonly #revisionOf: StatementSync;
  readonly #positionAt: StatementSync;
  readonly #streamForwards: StatementSync;
  readonly #streamBackwards: StatementSync;
  readonly #allForwards: StatementSync;
  readonly #allBackwards: StatementSync;
  readonly #scan: StatementSync;
  #head: bigint;
  #written: StoredEvent[] = [];

  /** @throws {DataFolderError} */
  constructor(dataDir: string, now: () => number = Date.now) {
    this.#database = openDatabase(dataDir);
    this.#now = now;
    this.#streams = new Streams(this.#database);
    const prepare = (sql: string): StatementSync => {
      const statement = this.#database.prepare(sql);
      statement.setReadBigInts(true);
      return statement;
    };
    this.#insert = prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#one = prepare(`SELECT ${COLUMNS} FROM events WHERE position = ?`);
    this.#idAt = prepare('SELECT id FROM events WHERE stream = ? AND revision = ?');
    this.#revisionOf = prepare('SELECT max(revision) AS revision FROM events WHERE stream = ? AND id = ?');
    this.#positionAt = prepare('SELECT position FROM events WHERE stream = ? AND revision = ?');
    this.#streamForwards = prepare(
      `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? AND created_ms >= ? ORDER BY revision`,
    );
    this.#streamBackwards = prepare(
      `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? AND created_ms >= ? AND revision <= ? ORDER BY revision DESC`,
    );
    this.#allForwards = prepare(`SELECT ${COLUMNS} FROM events WHERE position >= ? ORDER BY position`);
    this.#allBackwards = prepare(`SELECT ${COLUMNS} FROM events WHERE position <= ? ORDER BY position DESC`);
    this.#scan = prepare('SELECT position, stream, type FROM events WHERE position >= ? ORDER BY position');
    this.#head = asBigint(prepare('SELECT coalesce(max(position), 0) AS head FROM events').get()?.['head']);
  }

  /** The position of the last event, 0 in an empty log. */
  get head(): bigint {
    return this.#head;
  }

  /**
   * Runs `work` in one transaction and syncs it to the disk.
   * @returns what `work` returned, and the events that it wrote.
   * @throws whatever `work` or SQLite threw (a full disk, say); nothing was written then.
   */
  write<T>(work: () => T): { result: T; written: StoredEvent[] } {
    const head = this.#head;
    this.#written = [];
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return { result, written: this.#written };
    } catch (error) {
      this.#head = head;
      this.#streams.forget();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Appends all of `events`, or none. Only inside {@link write}. */
  append(stream: string, events: readonly ProposedEvent[], expected: Expected): AppendOutcome {
    const state = this.#streams.state(stream);
    if (isMetastream(stream) && this.#streams.state(originalOf(stream)).head === TOMBSTONE_REVISION) {
      return { kind: 'stream-deleted' };
    }
    const softDeleted = isSoftDeleted(state);
    const verdict = judgeAppend(
      expected,
      events.map((event) => event.id),
      {
        head: state.head,
        softDeleted,
        hasMetadata: state.metadata !== undefined,
        idAt: (revision) => this.#idOf(state, revision),
        revisionOf: (id) => this.#revision(state, id),
      },
    );
    if (verdict.kind === 'wrong-expected-version') return { kind: verdict.kind, current: state.head };
    if (verdict.kind === 'stream-deleted') return verdict;
    if (verdict.kind === 'idempotent' || events.length === 0) {
      const revision = verdict.kind === 'idempotent' && events.length > 0 ? verdict.revision : state.head;
      return { kind: 'appended', revision, position: this.#positionOf(state, revision) };
    }
    const firstNew = state.head + 1n;
    for (const event of events) this.#write(stream, state, state.head + 1n, event);
    const position = this.#head;
    const revision = state.head;
    if (softDeleted) this.#writeMetadata(stream, undeletedMetadata(state.metadata ?? new Uint8Array(), firstNew));
    return { kind: 'appended', revision, position };
  }

  /** Hides all events of a stream, which may be written to again. Only inside {@link write}. */
  softDelete(stream: string, expected: Expected): DeleteOutcome {
    const state = this.#streams.state(stream);
    if (state.head === TOMBSTONE_REVISION) return { kind: 'stream-deleted' };
    if (state.head === NO_EVENTS || !isAt(state, expected)) {
      return { kind: 'wrong-expected-version', current: state.head };
    }
    this.#writeMetadata(stream, SOFT_DELETED_METADATA);
    return { kind: 'deleted', position: this.#head };
  }

  /** Ends a stream for ever. Only inside {@link write}. */
  tombstone(stream: string, expected: Expected): DeleteOutcome {
    const state = this.#streams.state(stream);
    if (state.head === TOMBSTONE_REVISION) return { kind: 'stream-deleted' };
    if (!isAt(state, expected)) return { kind: 'wrong-expected-version', current: state.head };
    this.#write(stream, state, TOMBSTONE_REVISION, systemEvent('$streamDeleted', ''));
    return { kind: 'deleted', position: this.#head };
  }

  /** Whether the stream can be read at all. */
  status(stream: string): StreamStatus {
    const state = this.#streams.state(stream);
    if (state.head === TOMBSTONE_REVISION) return 'tombstoned';
    if (isSoftDeleted(state)) return 'soft-deleted';
    return state.head === NO_EVENTS ? 'missing' : 'readable';
  }

  /** The last revision of a stream, -1 without events. */
  headOf(stream: string): bigint {
    return this.#streams.state(stream).head;
  }

  /** The visible events of a stream from a revision on (inclusive), lazily. */
  *readStream(stream: string, from: bigint, direction: 'forwards' | 'backwards'): Generator<StoredEvent> {
    const state = this.#streams.state(stream);
    if (state.id === undefined) return;
    const first = firstVisible(state.retention, state.head);
    const oldest = this.#oldest(state);
    const rows =
      direction === 'forwards'
        ? this.#streamForwards.iterate(state.id, from > first ? from : first, oldest)
        : this.#streamBackwards.iterate(state.id, first, oldest, from);
    for (const row of rows) yield this.#eventOf(row);
  }

  /** Every event of the log from a position on (inclusive), lazily, hidden ones too. */
  *readAll(from: bigint, direction: 'forwards' | 'backwards'): Generator<StoredEvent> {
    const statement = direction === 'forwards' ? this.#allForwards : this.#allBackwards;
    for (const row of statement.iterate(from)) yield this.#eventOf(row);
  }

  /** Like {@link readAll} forwards, but only what a filter needs. */
  *scan(from: bigint): Generator<ScannedEvent> {
    for (const row of this.#scan.iterate(from)) {
      const stream = this.#streams.nameOf(asBigint(row['stream']));
      yield { position: asBigint(row['position']), stream, type: String(row['type']) };
    }
  }

  /** The event at exactly this position. */
  at(position: bigint): StoredEvent | undefined {
    const row = this.#one.get(position);
    return row && this.#eventOf(row);
  }

  /** The event that a link event points to, or undefined when it is gone, hidden or never was. */
  resolve(link: StoredEvent): StoredEvent | undefined {
    const text = Buffer.from(link.data).toString('utf8');
    const at = text.indexOf('@');
    const revision = text.slice(0, at);
    if (at < 1 || !/^\d+$/.test(revision)) return undefined;
    const target = text.slice(at + 1);
    if (this.status(target) !== 'readable') return undefined;
    const state = this.#streams.state(target);
    if (BigInt(revision) < firstVisible(state.retention, state.head)) return undefined;
    // Not by readStream: a caller may be in the midst of that statement's rows.
    const position = this.#positionOf(state, BigInt(revision));
    const event = position === undefined ? undefined : this.at(position);
    return event && event.createdMs >= this.#oldest(state) ? event : undefined;
  }

  close(): void {
    this.#database.close();
  }

  #write(stream: string, state: StreamState, revision: bigint, event: ProposedEvent): void {
    const position = this.#head + 1n;
    const createdMs = BigInt(this.#now());
    const id = this.#streams.idFor(stream, state);
    const { type, contentType, data, metadata } = event;
    this.#insert.run(position, id, revision, event.id, type, contentType, createdMs, data, metadata);
    this.#head = position;
    state.head = revision;
    this.#written.push({ ...event, stream, revision, position, createdMs });
    if (isMetastream(stream)) this.#streams.setMetadata(originalOf(stream), data);
  }

  #writeMetadata(stream: string, json: string): void {
    const metastream = metastreamOf(stream);
    const state = this.#streams.state(metastream);
    this.#write(metastream, state, state.head + 1n, systemEvent('$metadata', json));
  }

  /** The creation time from which on events are visible, by `$maxAge`. */
  #oldest(state: StreamState): bigint {
    const { maxAgeMs } = state.retention;
    return maxAgeMs === undefined ? 0n : BigInt(this.#now()) - maxAgeMs;
  }

  #idOf(state: StreamState, revision: bigint): string | undefined {
    if (state.id === undefined) return undefined;
    const id = this.#idAt.get(state.id, revision)?.['id'];
    return typeof id === 'string' ? id : undefined;
  }

  #revision(state: StreamState, id: string): bigint | undefined {
    if (state.id === undefined) return undefined;
    const revision = this.#revisionOf.get(state.id, id)?.['revision'];
    return typeof revision === 'bigint' ? revision : undefined;
  }

  #positionOf(state: StreamState, revision: bigint): bigint | undefined {
    if (state.id === undefined) return undefined;
    const position = this.#positionAt.get(state.id, revision)?.['position'];
    return typeof position === 'bigint' ? position : undefined;
  }

  #eventOf(row: Record<string, unknown>): StoredEvent {
    return {
      position: asBigint(row['position']),
      stream: this.#streams.nameOf(asBigint(row['stream'])),
      revision: asBigint(row['revision']),
      id: String(row['id']),
      type: String(row['type']),
      contentType: String(row['content_type']),
      createdMs: asBigint(row['created_ms']),
      data: asBytes(row['data']),
      metadata: asBytes(row['metadata']),
    };
  }
}

/** Whether a delete may go ahead: the stream is where the caller expects it. */
function isAt(state: StreamState, expected: Expected): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'no-stream':
      return state.head === NO_EVENTS;
    case 'stream-exists':
      return state.head !== NO_EVENTS && !isSoftDeleted(state);
    default:
      return state.head === expected;
  }
}

const systemEvent = (type: string, json: string): ProposedEvent => ({
  id: randomUUID(),
  type,
  contentType: 'application/json',
  data: Buffer.from(json),
  metadata: new Uint8Array(),
});

function asBigint(value: unknown): bigint {
  if (typeof value !== 'bigint')
    throw new TypeError(`event store: expected an integer in the log, found ${typeof value}`);
  return value;
}

function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`event store: expected bytes in the log, found ${typeof value}`);
  return value;
}
