import { amount, asset } from '@bot-core/events';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initialAccount } from '../src/projections/account.ts';
import { openCheckpoint, readCheckpoint, reset } from '../src/store/checkpoint.ts';
import { commit, Overtaken } from '../src/store/commit.ts';
import { migrate, migrations } from '../src/store/migrate.ts';
import type { Database } from '../src/store/schema.ts';
import { type TestPostgres, testPostgres } from './postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await testPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const migrated = async (): Promise<Database> => {
  const { db } = await postgres.fresh();
  await migrate(db);
  return db;
};

it('brings an empty database up to date once, also when two start at the same time', async () => {
  const { db } = await postgres.fresh();
  const both = await Promise.all([migrate(db), migrate(db)]);
  expect(both.flat()).toEqual(Object.keys(migrations));
  expect(await migrate(db)).toEqual([]);
});

it('refuses a database that a newer build wrote', async () => {
  const db = await migrated();
  await sql`insert into kysely_migration (name, timestamp) values ('0099-later', '2099-01-01')`.execute(db);
  await expect(migrate(db)).rejects.toThrow(
    /the database knows migrations that this build does not \(0099-later\): a newer build wrote it/,
  );
});

it("refuses another bot's rows, and rows of newer projections", async () => {
  const db = await migrated();
  await openCheckpoint(db, 'main');
  await expect(openCheckpoint(db, 'other')).rejects.toThrow(/holds the read models of bot "main"; this is bot "other"/);
  await db.updateTable('checkpoint').set({ modelVersion: 99 }).execute();
  await expect(openCheckpoint(db, 'main')).rejects.toThrow(/made by version 99 of the projections/);
});

it('makes the rows anew when older projections made them', async () => {
  const db = await migrated();
  await openCheckpoint(db, 'main');
  await db.updateTable('checkpoint').set({ modelVersion: 0, portfolioRevision: 7 }).execute();
  await db
    .insertInto('balances')
    .values({ asset: asset('USDT'), total: amount('1') })
    .execute();
  expect(await openCheckpoint(db, 'main')).toMatchObject({ modelVersion: 1, portfolioRevision: -1 });
  expect(await db.selectFrom('balances').selectAll().execute()).toEqual([]);
});

it('gives every decimal back as it was written, digit for digit', async () => {
  const db = await migrated();
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?$/);
  const decimals = fc.sample(fc.tuple(fc.boolean(), digits), 500).map(([negative, text]) =>
    // PostgreSQL has no negative zero, and nothing here writes one.
    negative && /[1-9]/.test(text) ? `-${text}` : text,
  );
  const written = ['0', '1.50', '0.00', '100', '-0.10', ...decimals].map((text, index) => ({
    asset: asset(`A${index}`),
    total: amount(text),
  }));
  await db.insertInto('balances').values(written).execute();
  const read = await db.selectFrom('balances').selectAll().execute();
  expect(new Map(read.map((row) => [row.asset, row.total]))).toEqual(
    new Map(written.map((row) => [row.asset, row.total])),
  );
});

it('writes nothing when somebody else has written meanwhile', async () => {
  const db = await migrated();
  const from = await openCheckpoint(db, 'main');
  await reset(db, 'main');
  const signals = [
    {
      ...{ signalId: '6f1d3a52-0c8e-5b7a-9f43-2b1c6d7e8f90', symbol: 'BTCUSDT' as never, interval: '1m' as const },
      ...{ openTime: 1 as never, closeTime: 2 as never, price: '1.0' as never, direction: 'long' as const },
      ...{ probability: 0.7, confidence: 40, modelId: 'm', modelType: 'm', cause: 'model' as const },
    },
  ];
  const to = { ...from, commits: from.commits + 1, signalsSequence: 1, account: initialAccount };
  await expect(commit(db, { from, to, ledger: undefined, signals })).rejects.toThrow(Overtaken);
  expect(await db.selectFrom('signals').selectAll().execute()).toEqual([]);
  expect(await readCheckpoint(db)).toMatchObject({ commits: from.commits + 1, signalsSequence: 0 });
});
