import type { ProjectorOptions } from '../projector.ts';
import { sourcesOf } from '../projector.ts';
import { openCheckpoint, readCheckpoint, reset } from '../store/checkpoint.ts';
import { migrate } from '../store/migrate.ts';
import { type Database, rowTables } from '../store/schema.ts';
import { writeWhileLeading } from './session.ts';

type RebuildOptions = Pick<ProjectorOptions, 'db' | 'ledger' | 'bus' | 'botId' | 'logger' | 'signal'>;

export interface Rebuilt {
  /** Who made the rows anew: this command, or the projector that is running (it goes on with it in the background). */
  readonly by: 'rebuild' | 'running projector';
  /** Rows by table, as of now. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Drops all rows and checkpoints in one transaction. A projector that is running finds itself overtaken, and replays; where
 * none is, everything is replayed here, up to what was there at the start. Queries see the rows grow meanwhile.
 */
export const rebuild = async (options: RebuildOptions): Promise<Rebuilt> => {
  const { db, botId, logger } = options;
  await migrate(db);
  await openCheckpoint(db, botId); // refuses another bot's database before anything is dropped
  await reset(db, botId);
  logger.info('rebuild: rows and checkpoints dropped');
  const byUs = await replay(options);
  return { by: byUs ? 'rebuild' : 'running projector', rows: await countRows(db) };
};

/** @returns false when another projector holds the writer's lock. */
const replay = async (options: RebuildOptions): Promise<boolean> => {
  const { db, botId, signal, logger } = options;
  const done = new AbortController();
  const waiting = new Set(['ledger', 'signals']);
  let leading = false;
  /** All that was pushed before a source had caught up is in the mailbox; the end is where the commits have passed it. */
  let pushed = 0;
  let committed = 0;
  const endWhenCommitted = () => {
    if (waiting.size === 0 && committed >= pushed) done.abort();
  };
  const sources = sourcesOf(options, (source) => {
    waiting.delete(source);
    endWhenCommitted();
  }).map(
    (source): typeof source =>
      (from) =>
        source({
          ...from,
          push: (item) => {
            pushed += 1;
            return from.push(item);
          },
        }),
  );
  await writeWhileLeading({
    ...{ db, botId, sources },
    waitForLock: false,
    onLeading: () => {
      leading = true;
    },
    onCommitted: ({ items, writing }) => {
      committed += items;
      const { portfolioRevision, signalsSequence } = writing.checkpoint;
      logger.info({ portfolioRevision, signalsSequence }, 'rebuild: replaying');
      endWhenCommitted();
    },
    signal: AbortSignal.any([signal, done.signal]),
  });
  if (signal.aborted) throw new Error('rebuild: stopped before the end. The next projector to start goes on with it.');
  return leading;
};

const countRows = async (db: Database): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const table of rowTables) {
    const { total } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    counts[table] = total;
  }
  const checkpoint = await readCheckpoint(db);
  return { ...counts, portfolioRevision: checkpoint?.portfolioRevision ?? -1 };
};
