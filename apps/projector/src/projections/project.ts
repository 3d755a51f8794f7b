import type { BotStatusRow, EquityRow } from '@bot-core/events';
import { type Account, initialAccount, projectAccount } from './account.ts';
import { initialBotStatus, projectBotStatus } from './bot-status.ts';
import { decisionOf, firstVerdict } from './decisions.ts';
import { type Fact, orderIdOf } from './fact.ts';
import { projectOrder } from './orders.ts';
import { positionIdOf, projectPosition } from './positions.ts';
import type { DecisionRow, OrderRecord, PositionRecord, TradeRecord } from './records.ts';
import { tradeOf } from './trades.ts';

/** The rows that a batch of facts builds on. Rows it does not touch may be missing. */
export interface Known {
  readonly orders: ReadonlyMap<string, OrderRecord>;
  readonly positions: ReadonlyMap<string, PositionRecord>;
  readonly account: Account;
  readonly botStatus: BotStatusRow;
}

/** Every row that a batch of facts made or changed, each in its final form. */
export interface Changes {
  readonly orders: ReadonlyMap<string, OrderRecord>;
  readonly positions: ReadonlyMap<string, PositionRecord>;
  readonly trades: ReadonlyMap<string, TradeRecord>;
  readonly decisions: ReadonlyMap<string, DecisionRow>;
  readonly equity: ReadonlyMap<number, EquityRow>;
  readonly account: Account;
  readonly botStatus: BotStatusRow;
  readonly botStatusChanged: boolean;
}

export const nothingKnown = (botId: string): Known => ({
  orders: new Map(),
  positions: new Map(),
  account: initialAccount,
  botStatus: initialBotStatus(botId),
});

/** All read models of the ledger after a batch of facts in their order. Pure. @throws {Error} on an inconsistent ledger. */
export const project = (known: Known, facts: readonly Fact[]): Changes => {
  const orders = new Map<string, OrderRecord>();
  const positions = new Map<string, PositionRecord>();
  const trades = new Map<string, TradeRecord>();
  const decisions = new Map<string, DecisionRow>();
  const equity = new Map<number, EquityRow>();
  let { account, botStatus } = known;

  for (const fact of facts) {
    const orderId = orderIdOf(fact);
    const order =
      orderId === undefined ? undefined : projectOrder(fact, orders.get(orderId) ?? known.orders.get(orderId));
    if (orderId !== undefined && order) orders.set(orderId, order);
    const ordered = { ...fact, order };

    const positionId = positionIdOf(ordered);
    if (positionId !== undefined) {
      const before = positions.get(positionId) ?? known.positions.get(positionId);
      const position = projectPosition(ordered, before);
      if (position && position !== before) positions.set(positionId, position);
    }
    const trade = tradeOf(ordered);
    if (trade) trades.set(`${trade.symbol}-${trade.tradeId}`, trade);
    const decision = decisionOf(fact);
    if (decision) decisions.set(decision.signalId, firstVerdict(decisions.get(decision.signalId), decision));

    account = projectAccount(account, fact);
    if (account.equity) equity.set(account.equity.sequence, account.equity);
    botStatus = projectBotStatus(botStatus, fact);
  }
  if (known.account.equity && equity.get(known.account.equity.sequence) === known.account.equity)
    equity.delete(known.account.equity.sequence);
  return {
    ...{ orders, positions, trades, decisions, equity, account, botStatus },
    botStatusChanged: botStatus !== known.botStatus,
  };
};
