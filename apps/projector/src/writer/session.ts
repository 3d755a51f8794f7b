import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { openCheckpoint, readCheckpoint } from '../store/checkpoint.ts';
import { Overtaken } from '../store/commit.ts';
import { loadLive } from '../store/load.ts';
import type { Checkpoint, Database } from '../store/schema.ts';
import { type Applied, applyBatch, type Writing } from './batch.ts';
import type { Item } from './item.ts';
import { mailbox } from './mailbox.ts';

/** Asked for again this often while another projector writes. */
const lockMs = 500;
/** Idle that long, the writer looks whether its connection (and with it the lock) and its rows are still there. */
const idleMs = 2_000;
/**
 * After a commit the writer rests this many times as long as the commit took, at most so long: what comes meanwhile goes
 * into the next one. So a fast run makes batches larger instead of commits more, and the first event after a quiet time
 * does not wait.
 */
const rest = { share: 5, atMostMs: 100 };
const defaultBatchLimit = 1_000;

/** Where events come from: each runs until `signal` is aborted, and throws when it cannot go on. */
export type Source = (from: {
  readonly checkpoint: Checkpoint;
  readonly push: (item: Item) => Promise<void>;
  readonly signal: AbortSignal;
}) => Promise<void>;

export interface SessionOptions {
  readonly db: Database;
  readonly botId: string;
  readonly sources: readonly Source[];
  /** False: return at once when another projector writes. */
  readonly waitForLock?: boolean;
  /** Events and signals in one commit at most; 1,000 when left out. */
  readonly batchLimit?: number;
  /** The lock was taken: from here on this is the writer. */
  onLeading(writing: Writing): void;
  onCommitted(applied: Applied, tookMs: number): void;
  readonly signal: AbortSignal;
}

/**
 * Waits until no other projector writes, then writes until `signal` is aborted. The lock is a session-level advisory lock:
 * it goes with the connection that also does the writing.
 * @throws {Error} whatever ended the writing: the database, a source, the ledger. Nothing half-written stays.
 */
export const writeWhileLeading = (options: SessionOptions): Promise<void> =>
  options.db.connection().execute(async (db) => {
    if (!(await locked(db, options))) return;
    try {
      await write(db, options);
    } finally {
      await sql`select pg_advisory_unlock_all()`.execute(db).catch(() => undefined); // gone with the connection otherwise
    }
  });

/** @returns false when told to stop before, or not to wait. */
const locked = async (db: Database, { signal, waitForLock = true }: SessionOptions): Promise<boolean> => {
  while (!signal.aborted) {
    if (await tryLock(db)) return true;
    if (!waitForLock) return false;
    await pause(lockMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
};

const tryLock = async (db: Database): Promise<boolean> => {
  const { rows } = await sql<{
    got: boolean;
  }>`select pg_try_advisory_lock(hashtextextended('botcore.projector.writer', 0)) as got`.execute(db);
  return rows[0]?.got === true;
};

const write = async (db: Database, options: SessionOptions): Promise<void> => {
  const { botId, sources, onLeading, onCommitted, signal, batchLimit = defaultBatchLimit } = options;
  const checkpoint = await openCheckpoint(db, botId);
  let writing: Writing = { checkpoint, known: await loadLive(db, checkpoint) };
  onLeading(writing);
  const box = mailbox<Item>(2 * batchLimit);
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  over.addEventListener('abort', () => box.close(), { once: true });
  if (over.aborted) return;
  let failure: unknown;
  const running = sources.map((source) =>
    source({ checkpoint, push: box.push, signal: over }).catch((error: unknown) => {
      failure ??= error;
      ending.abort();
    }),
  );
  try {
    while (!over.aborted) {
      const items = await box.take(batchLimit, idleMs);
      if (!items) {
        if (!over.aborted) await stillOurs(db, writing.checkpoint);
        continue;
      }
      const begun = performance.now();
      const applied = await applyBatch(db, writing, items);
      writing = applied.writing;
      const tookMs = performance.now() - begun;
      onCommitted(applied, tookMs);
      await pause(Math.min(rest.share * tookMs, rest.atMostMs));
    }
  } finally {
    ending.abort();
    await Promise.all(running);
  }
  if (failure) throw failure;
};

/** @throws {Overtaken} */
const stillOurs = async (db: Database, { commits }: Checkpoint): Promise<void> => {
  if ((await readCheckpoint(db))?.commits !== commits) throw new Overtaken(commits);
};
