import { type EventStore, type JsonObject } from '@bot-core/event-store';
import { inMemoryEventStore } from '@bot-core/event-store/memory';
import { toRecord } from '@bot-core/events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { balanceRows } from '../src/projections/account.ts';
import { nothingKnown, project } from '../src/projections/project.ts';
import { readCheckpoint, reset } from '../src/store/checkpoint.ts';
import { migrate } from '../src/store/migrate.ts';
import type { Database } from '../src/store/schema.ts';
import type { Applied } from '../src/writer/batch.ts';
import { followLedger } from '../src/writer/ledger-source.ts';
import { type Source, writeWhileLeading } from '../src/writer/session.ts';
import { type History, historyOf } from './history.ts';
import { dump, type TestPostgres, testPostgres } from './postgres.ts';

let postgres: TestPostgres;
let history: History;
let ledger: EventStore;
beforeAll(async () => {
  postgres = await testPostgres();
  history = historyOf(500, 3);
  ledger = inMemoryEventStore();
  for (const { event, revision, stream } of history.facts) {
    const record = toRecord(event, { correlationId: event.id, causationId: event.id, service: 'test' });
    const stored = { ...record, data: record.data as JsonObject };
    await ledger.append(stream, [stored], revision === 0 ? 'no-stream' : revision - 1);
  }
  // Another bot, whose name begins as ours does: none of this may come in.
  const { event } = history.facts[0]!;
  const foreign = toRecord(event, { correlationId: event.id, causationId: event.id, service: 'test' });
  await ledger.append('portfolio-main2', [{ ...foreign, data: foreign.data as JsonObject }], 'no-stream');
});
afterAll(async () => {
  await ledger.close();
  await postgres[Symbol.asyncDispose]();
});

const fromLedger: Source = ({ checkpoint, push, signal }) =>
  followLedger(ledger, { botId: 'main', after: checkpoint.ledgerPosition, push, onCaughtUp: () => undefined, signal });
const fromSignals: Source = async ({ checkpoint, push, signal }) => {
  for (const [index, row] of history.signals.entries()) {
    if (index + 1 <= checkpoint.signalsSequence) continue;
    if (signal.aborted) return;
    await push({ source: 'signals', row, sequence: index + 1, stream: 'made once', at: row.closeTime });
  }
};

const migrated = async (): Promise<{ db: Database; url: string }> => {
  const fresh = await postgres.fresh();
  await migrate(fresh.db);
  return fresh;
};

/** Writes until `enough`, then stops as a told one does. */
const write = async (
  db: Database,
  enough: (applied: Applied) => boolean,
  { sources = [fromLedger, fromSignals], batchLimit = 1_000 } = {},
) => {
  const stopping = new AbortController();
  await writeWhileLeading({
    ...{ db, botId: 'main', sources, batchLimit, signal: stopping.signal, onLeading: () => undefined },
    onCommitted: (applied) => enough(applied) && stopping.abort(),
  });
};
const portfolioEvents = () => history.facts.filter(({ stream }) => stream === 'portfolio-main').length;
const everything = ({ writing: { checkpoint } }: Applied): boolean =>
  checkpoint.portfolioRevision === portfolioEvents() - 1 && checkpoint.signalsSequence === history.signals.length;

/** The rows as the pure projections make them, in the form of a dump. */
const expected = (): Record<string, string[]> => {
  const { orders, positions, trades, decisions, equity, account, botStatus } = project(
    nothingKnown('main'),
    history.facts,
  );
  const lines = (rows: Iterable<object>) => [...rows].map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
  return {
    positions: lines(positions.values()),
    orders: lines(orders.values()),
    trades: lines(trades.values()),
    signals: lines(history.signals),
    decisions: lines(decisions.values()),
    balances: lines(balanceRows(account)),
    equity: lines(equity.values()),
    botStatus: lines([botStatus]),
  };
};

it('holds exactly the rows that the pure projections make of ledger and signals', async () => {
  const { db } = await migrated();
  await write(db, everything);
  expect(await dump(db)).toEqual(expected());
});

it('comes to the same rows when it is stopped after every few commits', async () => {
  const { db } = await migrated();
  let done = false;
  let sessions = 0;
  for (; !done && sessions < 500; sessions += 1) {
    let commits = 0;
    await write(db, (applied) => (done = everything(applied)) || (commits += 1) === 3, { batchLimit: 17 });
  }
  expect(sessions).toBeGreaterThan(20);
  expect(await dump(db)).toEqual(expected());
});

it('replays from the beginning while it runs when the rows are dropped', async () => {
  const { db } = await migrated();
  let resets = 0;
  const enough = (applied: Applied) => {
    if (everything(applied)) return true;
    if (applied.writing.checkpoint.portfolioRevision > 20 && resets === 0) {
      resets = 1;
      void reset(db, 'main');
    }
    return false;
  };
  await expect(write(db, enough, { batchLimit: 40 })).rejects.toThrow(/another writer or a rebuild came between/);
  await write(db, everything);
  expect(await dump(db)).toEqual(expected());
});

it('lets one write at a time; the next takes over when the connection of the first is lost', async () => {
  const { db, url } = await migrated();
  const live: Source = ({ signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const leading = Promise.withResolvers<void>();
  const stop = new AbortController();
  const options = { botId: 'main', onCommitted: () => undefined, signal: stop.signal };
  const first = writeWhileLeading({ ...options, db, sources: [live], onLeading: () => leading.resolve() });
  await leading.promise;

  const { openDatabase } = await import('../src/store/connect.ts');
  const other = openDatabase(url, () => undefined);
  let taken = false;
  const second = write(other, everything).then(() => (taken = true));
  await writeWhileLeading({
    ...{ ...options, db: other, sources: [], waitForLock: false },
    onLeading: () => expect.unreachable('the lock is held'),
  });
  expect(taken).toBe(false);
  expect((await readCheckpoint(other))?.portfolioRevision).toBe(-1);

  await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`.execute(other);
  await expect(first).rejects.toThrow();
  await second;
  expect(await dump(other)).toEqual(expected());
  await other.destroy();
});

it('stops at a hole in the ledger', async () => {
  const { db } = await migrated();
  const holed: Source = ({ push, ...from }) =>
    fromLedger({
      ...from,
      push: async (item) => {
        if (item.source === 'ledger' && item.stream === 'portfolio' && item.fact.revision === 7) return;
        await push(item);
      },
    });
  await expect(write(db, everything, { sources: [holed] })).rejects.toThrow(
    /portfolio event 8 came after 6; the ones between are missing/,
  );
});
