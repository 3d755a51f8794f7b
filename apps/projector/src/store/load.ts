import { initialBotStatus } from '../projections/bot-status.ts';
import type { OrderRecord, PositionRecord } from '../projections/records.ts';
import type { Known } from '../projections/project.ts';
import { isDone } from '@bot-core/trading';
import type { Checkpoint, Database } from './schema.ts';

const doneStatuses = (['filled', 'canceled', 'expired', 'rejected', 'abandoned'] as const).filter(isDone);

/** What the next events most likely build on: orders that are not done and positions that are open. */
export const loadLive = async (db: Database, checkpoint: Checkpoint): Promise<Known> => {
  const orders = await db.selectFrom('orders').selectAll().where('status', 'not in', doneStatuses).execute();
  const positions = await db.selectFrom('positions').selectAll().where('status', '=', 'open').execute();
  const botStatus = await db.selectFrom('botStatus').selectAll().executeTakeFirst();
  return {
    orders: byOrder(orders),
    positions: byPosition(positions),
    account: checkpoint.account,
    botStatus: botStatus ?? initialBotStatus(checkpoint.botId),
  };
};

/** Done orders and closed positions: a late fill may still concern one. */
export const loadOrders = async (db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, OrderRecord>> =>
  byOrder(
    ids.length === 0
      ? []
      : await db
          .selectFrom('orders')
          .selectAll()
          .where('clientOrderId', 'in', ids as OrderRecord['clientOrderId'][])
          .execute(),
  );

export const loadPositions = async (
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PositionRecord>> =>
  byPosition(
    ids.length === 0 ? [] : await db.selectFrom('positions').selectAll().where('positionId', 'in', ids).execute(),
  );

const byOrder = (rows: readonly OrderRecord[]) => new Map(rows.map((row) => [row.clientOrderId as string, row]));
const byPosition = (rows: readonly PositionRecord[]) => new Map(rows.map((row) => [row.positionId as string, row]));
