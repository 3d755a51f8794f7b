import type { Kysely } from 'kysely';
import type { Account } from '../projections/account.ts';
import type {
  BalanceRow,
  BotStatusRow,
  DecisionRow,
  EquityRow,
  OrderRecord,
  PositionRecord,
  SignalRow,
  TradeRecord,
} from '../projections/records.ts';

/** How far the rows are. Exactly one row, changed in the transaction of the rows it covers. */
export interface Checkpoint {
  readonly id: 1;
  readonly botId: string;
  /** Of the projections that made the rows; another one means that they are made anew. */
  readonly modelVersion: number;
  /** Grows by one with each commit; a writer that finds another number than its own has been overtaken. */
  readonly commits: number;
  /** Of the newest ledger event handled; null before the first. */
  readonly ledgerPosition: string | null;
  /** Newest revision of the portfolio stream; -1 before the first. */
  readonly portfolioRevision: number;
  /** Newest sequence of the SIGNALS stream; 0 before the first. */
  readonly signalsSequence: number;
  /** When that stream was made: a stream that was lost and made again counts from 1 again. */
  readonly signalsStream: string | null;
  /** What balances and equity go on from. */
  readonly account: Account;
}

/** Tables in TypeScript's spelling; in PostgreSQL the names are snake_case. */
export interface Schema {
  positions: PositionRecord;
  orders: OrderRecord;
  trades: TradeRecord;
  signals: SignalRow;
  decisions: DecisionRow;
  balances: BalanceRow;
  equity: EquityRow;
  botStatus: BotStatusRow;
  checkpoint: Checkpoint;
}
export type Database = Kysely<Schema>;

export const rowTables = [
  'positions',
  'orders',
  'trades',
  'signals',
  'decisions',
  'balances',
  'equity',
  'botStatus',
] as const satisfies readonly (keyof Schema)[];
