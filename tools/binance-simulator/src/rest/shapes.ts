import { fixed8, zero } from '../decimal.ts';
import type { PlacedList } from '../matching/exchange.ts';
import { isStop, type Order, type OrderList, type Trade, type UnixMs } from '../matching/types.ts';

const core = (order: Readonly<Order>) => ({
  price: fixed8(order.price),
  origQty: fixed8(order.quantity),
  executedQty: fixed8(order.executed),
  origQuoteOrderQty: fixed8(order.quoteOrderQty),
  cummulativeQuoteQty: fixed8(order.executedQuote),
  status: order.status,
  timeInForce: order.timeInForce,
  type: order.type,
  side: order.side,
  ...(isStop(order.type) ? { stopPrice: fixed8(order.stopPrice) } : {}),
});

/** As `GET /api/v3/order`, `openOrders` and `allOrders` show an order. */
export const orderRow = (order: Readonly<Order>) => ({
  symbol: order.symbol,
  orderId: order.orderId,
  orderListId: order.orderListId,
  clientOrderId: order.clientOrderId,
  ...core(order),
  stopPrice: fixed8(order.stopPrice),
  icebergQty: '0.00000000',
  time: order.createdAt,
  updateTime: order.updatedAt,
  isWorking: order.workingAt !== undefined,
  workingTime: order.workingAt ?? -1,
  selfTradePreventionMode: 'NONE',
});

/** The answer to a new order. */
export const orderAnswer = (order: Readonly<Order>, trades: readonly Trade[], kind: 'ACK' | 'RESULT' | 'FULL') => {
  const ack = {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: order.orderListId,
    clientOrderId: order.clientOrderId,
    transactTime: order.updatedAt,
  };
  if (kind === 'ACK') return ack;
  const result = {
    ...ack,
    ...core(order),
    ...(order.workingAt === undefined ? {} : { workingTime: order.workingAt }),
    selfTradePreventionMode: 'NONE',
  };
  if (kind === 'RESULT') return result;
  return {
    ...result,
    fills: trades.map((trade) => ({
      price: fixed8(trade.price),
      qty: fixed8(trade.quantity),
      commission: fixed8(trade.commission),
      commissionAsset: trade.commissionAsset,
      tradeId: trade.tradeId,
    })),
  };
};

/** The answer to a cancel. `cancelId` names the cancel itself. */
export const cancelAnswer = (order: Readonly<Order>, cancelId: string, at: UnixMs) => ({
  symbol: order.symbol,
  origClientOrderId: order.clientOrderId,
  orderId: order.orderId,
  orderListId: order.orderListId,
  clientOrderId: cancelId,
  transactTime: at,
  ...core(order),
  selfTradePreventionMode: 'NONE',
});

export const listRow = (list: Readonly<OrderList>) => ({
  orderListId: list.orderListId,
  contingencyType: 'OCO',
  listStatusType: list.status === 'EXECUTING' ? 'EXEC_STARTED' : 'ALL_DONE',
  listOrderStatus: list.status,
  listClientOrderId: list.listClientOrderId,
  transactionTime: list.updatedAt,
  symbol: list.symbol,
  orders: list.orders.map(({ symbol, orderId, clientOrderId }) => ({ symbol, orderId, clientOrderId })),
});

export const listAnswer = ({ list }: Pick<PlacedList, 'list'>) => ({
  ...listRow(list),
  orderReports: list.orders.map((order) => orderAnswer(order, [], 'RESULT')),
});

/** As `GET /api/v3/myTrades` shows a trade. */
export const tradeRow = (trade: Trade) => ({
  symbol: trade.symbol,
  id: trade.tradeId,
  orderId: trade.orderId,
  orderListId: trade.orderListId,
  price: fixed8(trade.price),
  qty: fixed8(trade.quantity),
  quoteQty: fixed8(trade.quoteQuantity),
  commission: fixed8(trade.commission),
  commissionAsset: trade.commissionAsset,
  time: trade.time,
  isBuyer: trade.isBuyer,
  isMaker: trade.isMaker,
  isBestMatch: true,
});

export const zeroAmount = fixed8(zero);
