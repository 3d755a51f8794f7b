import { fixed8, zero } from '../decimal.ts';
import { type ExchangeEvent, isOpen } from '../matching/types.ts';

type Report = Readonly<Record<string, unknown>>;

const executionReport = (event: Extract<ExchangeEvent, { type: 'execution' }>, id: number): Report => {
  const { order, trade, execution, at } = event;
  const cancelId = event.cancelClientOrderId;
  return {
    e: 'executionReport',
    E: at,
    s: order.symbol,
    c: cancelId ?? order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: fixed8(order.quantity),
    p: fixed8(order.price),
    P: fixed8(order.stopPrice),
    F: '0.00000000',
    g: order.orderListId,
    C: cancelId === undefined ? '' : order.clientOrderId,
    x: execution,
    X: order.status,
    r: 'NONE',
    i: order.orderId,
    l: fixed8(trade?.quantity ?? zero),
    z: fixed8(order.executed),
    L: fixed8(trade?.price ?? zero),
    n: trade ? fixed8(trade.commission) : '0',
    N: trade?.commissionAsset ?? null,
    T: at,
    t: trade?.tradeId ?? -1,
    I: id,
    w: order.working && isOpen(order),
    m: trade?.isMaker ?? false,
    M: false,
    O: order.createdAt,
    Z: fixed8(order.executedQuote),
    Y: fixed8(trade?.quoteQuantity ?? zero),
    Q: fixed8(order.quoteOrderQty),
    ...(order.workingAt === undefined ? {} : { W: order.workingAt }),
    V: 'NONE',
  };
};

const listStatus = (event: Extract<ExchangeEvent, { type: 'list' }>): Report => ({
  e: 'listStatus',
  E: event.at,
  s: event.list.symbol,
  g: event.list.orderListId,
  c: 'OCO',
  l: event.list.status === 'EXECUTING' ? 'EXEC_STARTED' : 'ALL_DONE',
  L: event.list.status,
  r: 'NONE',
  C: event.list.listClientOrderId,
  T: event.at,
  O: event.list.orders.map((order) => ({ s: order.symbol, i: order.orderId, c: order.clientOrderId })),
});

const accountPosition = (event: Extract<ExchangeEvent, { type: 'balances' }>): Report => ({
  e: 'outboundAccountPosition',
  E: event.at,
  u: event.at,
  B: event.balances.map(({ asset, free, locked }) => ({ a: asset, f: fixed8(free), l: fixed8(locked) })),
});

/** An event as the user-data stream tells it. `id` numbers the execution reports of a run. */
export const reportOf = (event: ExchangeEvent, id: number): Report => {
  switch (event.type) {
    case 'execution':
      return executionReport(event, id);
    case 'list':
      return listStatus(event);
    case 'transfer':
      return { e: 'balanceUpdate', E: event.at, a: event.asset, d: fixed8(event.amount), T: event.at };
    case 'balances':
      return accountPosition(event);
  }
};
