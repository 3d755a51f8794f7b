import { isDone } from '@bot-core/trading';
import { orderIdOf } from '../projections/fact.ts';
import { type Changes, type Known, project } from '../projections/project.ts';
import type { SignalRow } from '../projections/records.ts';
import { commit } from '../store/commit.ts';
import { loadOrders, loadPositions } from '../store/load.ts';
import type { Checkpoint, Database } from '../store/schema.ts';
import type { Item, LedgerItem, SignalItem } from './item.ts';

/** The writer's knowledge between two commits. */
export interface Writing {
  readonly checkpoint: Checkpoint;
  readonly known: Known;
}

/** What a commit did. */
export interface Applied {
  readonly writing: Writing;
  /** Undefined when no ledger event was among the items. */
  readonly changes: Changes | undefined;
  readonly signals: readonly SignalRow[];
  /** How many ledger events it projected, and when the newest of them was stored (UnixMs, the event store's clock). */
  readonly facts: number;
  /** Everything it was given, notes without a row included. */
  readonly items: number;
  readonly newestStoredAt: number | undefined;
}

/**
 * Projects a batch and commits rows and checkpoint together.
 * @throws {Overtaken} @throws {Error} when the ledger has a hole or is inconsistent. Nothing is written then.
 */
export const applyBatch = async (
  db: Database,
  { checkpoint, known }: Writing,
  items: readonly Item[],
): Promise<Applied> => {
  const ledger = items.filter((item) => item.source === 'ledger');
  const signals = items.filter((item) => item.source === 'signals');
  const facts = ledger.map(({ fact }) => fact);
  const changes = facts.length > 0 ? project(await complete(db, known, facts), facts) : undefined;
  const rows = signals.flatMap(({ row }) => row ?? []);
  const to = advanced(checkpoint, items, ledger, signals, changes);
  await commit(db, { from: checkpoint, to, ledger: changes, signals: rows });
  return {
    writing: { checkpoint: to, known: changes ? remembered(known, changes) : known },
    changes,
    signals: rows,
    facts: facts.length,
    items: items.length,
    newestStoredAt: ledger.at(-1)?.storedAt,
  };
};

const advanced = (
  from: Checkpoint,
  items: readonly Item[],
  ledger: readonly LedgerItem[],
  signals: readonly SignalItem[],
  changes: Changes | undefined,
): Checkpoint => {
  const newestSignal = signals.at(-1);
  const newestPosition = items.findLast((item) => item.source !== 'signals')?.position;
  return {
    ...from,
    commits: from.commits + 1,
    ledgerPosition: newestPosition ?? from.ledgerPosition,
    portfolioRevision: portfolioRevision(from.portfolioRevision, ledger),
    signalsSequence: newestSignal?.sequence ?? from.signalsSequence,
    signalsStream: newestSignal?.stream ?? from.signalsStream,
    account: changes?.account ?? from.account,
  };
};

/** @throws {Error} when an event of the portfolio is missing: the rows would be wrong from there on. */
const portfolioRevision = (before: number, ledger: readonly LedgerItem[]): number => {
  let newest = before;
  for (const { stream, fact } of ledger) {
    if (stream !== 'portfolio') continue;
    if (fact.revision !== newest + 1)
      throw new Error(
        `projector: portfolio event ${fact.revision} came after ${newest}; the ones between are missing. The ledger must be whole.`,
      );
    newest = fact.revision;
  }
  return newest;
};

/** Adds rows of orders and positions that were done with long ago, where a fact still concerns one. */
const complete = async (db: Database, known: Known, facts: readonly LedgerItem['fact'][]): Promise<Known> => {
  const orderIds = new Set<string>();
  const positionIds = new Set<string>();
  const begun = new Set<string>();
  for (const fact of facts) {
    const orderId = orderIdOf(fact);
    if (fact.event.type === 'OrderRequested' && orderId !== undefined) begun.add(orderId);
    else if (orderId !== undefined && !known.orders.has(orderId) && !begun.has(orderId)) orderIds.add(orderId);
    if (fact.event.type === 'PositionOpened') begun.add(fact.event.data.positionId);
    else if ('positionId' in fact.event.data) want(fact.event.data.positionId);
  }
  const orders = new Map([...known.orders, ...(await loadOrders(db, [...orderIds]))]);
  for (const fact of facts) {
    const order = orders.get(orderIdOf(fact) ?? '');
    if (order?.purpose === 'protection') want(order.positionId);
  }
  const positions = new Map([...known.positions, ...(await loadPositions(db, [...positionIds]))]);
  return { ...known, orders, positions };

  function want(positionId: string): void {
    if (!known.positions.has(positionId) && !begun.has(positionId)) positionIds.add(positionId);
  }
};

const remembered = (known: Known, { orders, positions, account, botStatus }: Changes): Known => {
  const open = new Map([...known.orders, ...orders]);
  for (const [id, { status }] of orders) if (isDone(status)) open.delete(id);
  const held = new Map([...known.positions, ...positions]);
  for (const [id, { status }] of positions) if (status === 'closed') held.delete(id);
  return { orders: open, positions: held, account, botStatus };
};
