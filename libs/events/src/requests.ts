import { z } from 'zod';
import { TradingConfig } from './ledger/config.ts';
import { rpc } from './rpc.ts';
import { Interval, TradingSymbol, UnixMs } from './values.ts';
import {
  BalanceRow,
  BotStatusRow,
  DecisionRow,
  EquityRow,
  OrderRow,
  PositionRow,
  ReadModelName,
  SignalRow,
  TradeRow,
} from './views.ts';

/** Every question and command on the bus. */

const operator = {
  requestId: z.uuid().describe('Made by the caller; repeating it does the thing once'),
  by: z.string().min(1).describe('Who asks'),
};
const Done = z.strictObject({ revision: z.int().describe('Portfolio revision after the command') });
const page = {
  symbol: TradingSymbol.optional(),
  limit: z.int().positive().max(1_000).default(100),
  offset: z.int().nonnegative().default(0),
};
const rowsOf = <Row>(row: z.ZodType<Row>) => z.strictObject({ rows: z.array(row), total: z.int() });

export const executorRpc = {
  startBot: rpc('executor', 'start-bot', 'Allow entries', z.strictObject(operator), Done),
  stopBot: rpc('executor', 'stop-bot', 'Refuse entries; positions stay protected', z.strictObject(operator), Done),
  closePosition: rpc(
    'executor',
    'close-position',
    'Sell a position at market',
    z.strictObject({ ...operator, symbol: TradingSymbol }),
    Done,
  ),
  closeAll: rpc('executor', 'close-all', 'Sell every position at market', z.strictObject(operator), Done),
  changeConfig: rpc(
    'executor',
    'change-config',
    'Replace the trading settings',
    z.strictObject({ ...operator, config: TradingConfig }),
    Done,
  ),
} as const;

const ServiceStatus = z.strictObject({
  rows: z.array(
    z.strictObject({
      symbol: TradingSymbol,
      interval: Interval,
      lastOpenTime: UnixMs.nullable().describe('Newest candle handled; null before the first'),
      state: z.string().describe('In words: backfilling, live, training, ready, …'),
    }),
  ),
});
export const ingestRpc = {
  status: rpc('ingest', 'status', 'What is followed and how far', z.strictObject({}), ServiceStatus),
} as const;
export const predictorRpc = {
  status: rpc('predictor', 'status', 'Models and how far they are', z.strictObject({}), ServiceStatus),
} as const;

/** Newest first, except the equity curve, which is oldest first. */
export const projectorRpc = {
  positions: rpc(
    'projector',
    'positions',
    'Positions',
    z.strictObject({ ...page, status: z.enum(['open', 'closed']).optional() }),
    rowsOf(PositionRow),
  ),
  orders: rpc('projector', 'orders', 'Orders', z.strictObject(page), rowsOf(OrderRow)),
  trades: rpc('projector', 'trades', 'Fills', z.strictObject(page), rowsOf(TradeRow)),
  signals: rpc(
    'projector',
    'signals',
    'Signals',
    z.strictObject({ ...page, direction: z.enum(['long', 'short', 'neutral']).optional() }),
    rowsOf(SignalRow),
  ),
  decisions: rpc('projector', 'decisions', 'Accepted and refused signals', z.strictObject(page), rowsOf(DecisionRow)),
  balances: rpc('projector', 'balances', 'The account', z.strictObject({}), rowsOf(BalanceRow)),
  equity: rpc(
    'projector',
    'equity',
    'The equity curve',
    z.strictObject({ limit: page.limit, offset: page.offset }),
    rowsOf(EquityRow),
  ),
  botStatus: rpc('projector', 'bot-status', 'The bot at a glance', z.strictObject({}), BotStatusRow),
  progress: rpc(
    'projector',
    'progress',
    'How far the read models are',
    z.strictObject({}),
    z.strictObject({
      ledgerRevision: z.int().describe('Newest portfolio revision committed; -1 before the first'),
      signals: z.int().describe('Newest SIGNALS stream sequence committed; 0 before the first'),
      models: z.array(ReadModelName),
    }),
  ),
} as const;
