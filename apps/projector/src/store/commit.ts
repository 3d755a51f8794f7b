import { sql } from 'kysely';
import { type Account, balanceRows } from '../projections/account.ts';
import type { Changes } from '../projections/project.ts';
import type { SignalRow } from '../projections/records.ts';
import type { Checkpoint, Database } from './schema.ts';

/** Somebody else has written meanwhile: a rebuild, or another projector that took this one for gone. */
export class Overtaken extends Error {
  readonly code = 'overtaken';
  constructor(commits: number) {
    super(`projector: the checkpoint is not at commit ${commits} any more; another writer or a rebuild came between.`);
    this.name = 'Overtaken';
  }
}

export interface Commit {
  /** The checkpoint that the changes build on. */
  readonly from: Checkpoint;
  /** Where it is after them; its `commits` is one more. */
  readonly to: Checkpoint;
  readonly ledger: Changes | undefined;
  readonly signals: readonly SignalRow[];
}

/** Writes rows and checkpoint in one transaction. @throws {Overtaken} and writes nothing. */
export const commit = (db: Database, { from, to, ledger, signals }: Commit): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('checkpoint')
      .set(to.account === from.account ? withoutAccount(to) : to)
      .where('id', '=', 1)
      .where('commits', '=', from.commits)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new Overtaken(from.commits);
    await inChunks(signals, (rows) =>
      transaction
        .insertInto('signals')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    if (ledger) await writeLedger(transaction, from.account, ledger);
  });

/** Most events leave the account as it is. */
const withoutAccount = ({ account: _account, ...others }: Checkpoint): Omit<Checkpoint, 'account'> => others;

const writeLedger = async (db: Database, before: Account, changes: Changes): Promise<void> => {
  const { botStatus, account } = changes;
  await inChunks(changes.orders, (rows) =>
    db
      .insertInto('orders')
      .values(rows)
      .onConflict((conflict) => conflict.column('clientOrderId').doUpdateSet(newValues(rows)))
      .execute(),
  );
  await inChunks(changes.positions, (rows) =>
    db
      .insertInto('positions')
      .values(rows)
      .onConflict((conflict) => conflict.column('positionId').doUpdateSet(newValues(rows)))
      .execute(),
  );
  await inChunks(changes.trades, (rows) =>
    db
      .insertInto('trades')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  await inChunks(changes.decisions, (rows) =>
    db
      .insertInto('decisions')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('signalId')
          .doUpdateSet(newValues(rows))
          // As `firstVerdict` says for verdicts of one batch.
          .where('excluded.outcome', '=', 'accepted')
          .where('decisions.outcome', '=', 'rejected'),
      )
      .execute(),
  );
  await inChunks(changes.equity, (rows) =>
    db
      .insertInto('equity')
      .values(rows)
      .onConflict((conflict) => conflict.column('sequence').doUpdateSet(newValues(rows)))
      .execute(),
  );
  if (changes.botStatusChanged)
    await db
      .insertInto('botStatus')
      .values(botStatus)
      .onConflict((conflict) => conflict.column('botId').doUpdateSet(newValues([botStatus])))
      .execute();
  if (account.balances !== before.balances) await writeBalances(db, before, account);
};

const writeBalances = async (db: Database, before: Account, after: Account): Promise<void> => {
  await inChunks(balanceRows(after), (rows) =>
    db
      .insertInto('balances')
      .values(rows)
      .onConflict((conflict) => conflict.column('asset').doUpdateSet(newValues(rows)))
      .execute(),
  );
  const gone = balanceRows(before)
    .map(({ asset }) => asset)
    .filter((asset) => !(asset in after.balances));
  if (gone.length > 0) await db.deleteFrom('balances').where('asset', 'in', gone).execute();
};

/** Every column takes the value that the insert brought. */
const newValues = (rows: readonly object[]) =>
  Object.fromEntries(Object.keys(rows[0] ?? {}).map((column) => [column, sql.ref<never>(`excluded.${column}`)]));

/** PostgreSQL takes 65,535 parameters in one statement; no row here has more than twenty. */
const rowsPerStatement = 1_000;

const inChunks = async <Row>(
  rows: ReadonlyMap<unknown, Row> | readonly Row[],
  write: (rows: readonly Row[]) => Promise<unknown>,
): Promise<void> => {
  const all = [...rows.values()];
  for (let from = 0; from < all.length; from += rowsPerStatement) await write(all.slice(from, from + rowsPerStatement));
};
