import {
  type BalanceRow,
  type BotStatusRow,
  type DecisionRow,
  type Direction,
  type EquityRow,
  type OrderRow,
  ReadModelName,
  type SignalRow,
  type TradeRow,
  type TradingSymbol,
} from '@bot-core/events';
import { sql } from 'kysely';
import { initialBotStatus } from '../projections/bot-status.ts';
import type { PositionRecord } from '../projections/records.ts';
import { readCheckpoint } from '../store/checkpoint.ts';
import type { Database } from '../store/schema.ts';

export interface Page {
  readonly symbol?: TradingSymbol | undefined;
  readonly limit: number;
  readonly offset: number;
}
export interface Rows<Row> {
  readonly rows: Row[];
  /** Of all rows that match, not only of this page. */
  readonly total: number;
}

/** What the read models can be asked. Newest first, except the equity curve. */
export class Queries {
  readonly #db: Database;
  readonly #botId: string;

  constructor(db: Database, botId: string) {
    this.#db = db;
    this.#botId = botId;
  }

  async positions({
    symbol,
    status,
    limit,
    offset,
  }: Page & { readonly status?: 'open' | 'closed' | undefined }): Promise<Rows<PositionRecord>> {
    const matching = this.#db
      .selectFrom('positions')
      .$if(symbol !== undefined, (query) => query.where('symbol', '=', symbol as TradingSymbol))
      .$if(status !== undefined, (query) => query.where('status', '=', status as 'open'));
    const rows = await matching.selectAll().orderBy('revision', 'desc').limit(limit).offset(offset).execute();
    return { rows, total: (await matching.select(counted).executeTakeFirstOrThrow()).total };
  }

  async orders({ symbol, limit, offset }: Page): Promise<Rows<OrderRow>> {
    const matching = this.#db
      .selectFrom('orders')
      .$if(symbol !== undefined, (query) => query.where('symbol', '=', symbol as TradingSymbol));
    const rows = await matching.selectAll().orderBy('revision', 'desc').limit(limit).offset(offset).execute();
    return { rows: rows.map(withoutRevision), total: (await matching.select(counted).executeTakeFirstOrThrow()).total };
  }

  async trades({ symbol, limit, offset }: Page): Promise<Rows<TradeRow>> {
    const matching = this.#db
      .selectFrom('trades')
      .$if(symbol !== undefined, (query) => query.where('symbol', '=', symbol as TradingSymbol));
    const rows = await matching.selectAll().orderBy('revision', 'desc').limit(limit).offset(offset).execute();
    return { rows: rows.map(withoutRevision), total: (await matching.select(counted).executeTakeFirstOrThrow()).total };
  }

  async signals({
    symbol,
    direction,
    limit,
    offset,
  }: Page & { readonly direction?: Direction | undefined }): Promise<Rows<SignalRow>> {
    const matching = this.#db
      .selectFrom('signals')
      .$if(symbol !== undefined, (query) => query.where('symbol', '=', symbol as TradingSymbol))
      .$if(direction !== undefined, (query) => query.where('direction', '=', direction as Direction));
    const rows = await matching
      .selectAll()
      .orderBy('openTime', 'desc')
      .orderBy('signalId')
      .limit(limit)
      .offset(offset)
      .execute();
    return { rows, total: (await matching.select(counted).executeTakeFirstOrThrow()).total };
  }

  async decisions({ symbol, limit, offset }: Page): Promise<Rows<DecisionRow>> {
    const matching = this.#db
      .selectFrom('decisions')
      .$if(symbol !== undefined, (query) => query.where('symbol', '=', symbol as TradingSymbol));
    const rows = await matching
      .selectAll()
      .orderBy('openTime', 'desc')
      .orderBy('signalId')
      .limit(limit)
      .offset(offset)
      .execute();
    return { rows, total: (await matching.select(counted).executeTakeFirstOrThrow()).total };
  }

  async balances(): Promise<Rows<BalanceRow>> {
    const rows = await this.#db.selectFrom('balances').selectAll().orderBy('asset').execute();
    return { rows, total: rows.length };
  }

  async equity({ limit, offset }: Omit<Page, 'symbol'>): Promise<Rows<EquityRow>> {
    const all = this.#db.selectFrom('equity');
    const rows = await all.selectAll().orderBy('sequence').limit(limit).offset(offset).execute();
    return { rows, total: (await all.select(counted).executeTakeFirstOrThrow()).total };
  }

  async botStatus(): Promise<BotStatusRow> {
    return (await this.#db.selectFrom('botStatus').selectAll().executeTakeFirst()) ?? initialBotStatus(this.#botId);
  }

  async progress(): Promise<{ ledgerRevision: number; signals: number; models: ReadModelName[] }> {
    const checkpoint = await readCheckpoint(this.#db);
    return {
      ledgerRevision: checkpoint?.portfolioRevision ?? -1,
      signals: checkpoint?.signalsSequence ?? 0,
      models: [...ReadModelName.options],
    };
  }
}

const withoutRevision = <Row>({ revision: _revision, ...row }: Row & { revision: number }) => row;

/** How many rows there are in all, without the page. */
const counted = sql<number>`count(*)`.as('total');
