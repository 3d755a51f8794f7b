import type { BinanceError } from '../errors.ts';
import { errors } from '../errors.ts';
import {
  isMarketType,
  isStop,
  type NewOco,
  type NewOrder,
  type Order,
  type OrderList,
  type OrderType,
  type Side,
  type TimeInForce,
} from '../matching/types.ts';
import type { Endpoint, Endpoints, Venue } from './endpoint.ts';
import type { Params } from './params.ts';
import { cancelAnswer, listAnswer, listRow, orderAnswer, orderRow } from './shapes.ts';

const sides: readonly Side[] = ['BUY', 'SELL'];
const timesInForce: readonly TimeInForce[] = ['GTC', 'IOC', 'FOK'];
const types: readonly OrderType[] = [
  'LIMIT',
  'MARKET',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
  'LIMIT_MAKER',
];
const answers = ['ACK', 'RESULT', 'FULL'] as const;

const refuse = (params: Params, names: readonly string[]): void => {
  for (const name of names) if (params.has(name)) throw errors.notRequired(name);
};

/** Reads a new order and refuses what its type does not have, with -1102 and -1106. */
const readOrder = (params: Params): NewOrder => {
  const symbol = params.required('symbol');
  const side = params.requiredOneOf('side', sides, errors.invalidSide);
  const type = params.requiredOneOf('type', types, errors.invalidOrderType);
  const priced = !isMarketType(type);
  const clientOrderId = params.clientId('newClientOrderId');
  const order: NewOrder = { symbol, side, type, ...(clientOrderId ? { clientOrderId } : {}) };
  if (priced && type !== 'LIMIT_MAKER') {
    order.timeInForce = params.requiredOneOf('timeInForce', timesInForce, errors.invalidTimeInForce);
  } else refuse(params, ['timeInForce']);
  if (priced) order.price = params.requiredDecimal('price');
  else refuse(params, ['price']);
  if (isStop(type)) order.stopPrice = params.requiredDecimal('stopPrice');
  else refuse(params, ['stopPrice']);
  const quoteOrderQty = params.decimal('quoteOrderQty');
  if (quoteOrderQty && type !== 'MARKET') throw errors.notRequired('quoteOrderQty');
  if (quoteOrderQty && params.has('quantity')) throw errors.notRequired('quantity');
  if (quoteOrderQty) order.quoteOrderQty = quoteOrderQty;
  else if (type === 'MARKET' && !params.has('quantity')) throw errors.eitherMissing('quantity', 'quoteOrderQty');
  else order.quantity = params.requiredDecimal('quantity');
  return order;
};

const newOrder: Endpoint = {
  weight: 1,
  security: 'signed',
  orders: 1,
  handle: (params, { exchange, clock, publish }) => {
    const order = readOrder(params);
    const full = order.type === 'MARKET' || order.type === 'LIMIT';
    const kind = params.oneOf('newOrderRespType', answers, () => errors.invalidParameter('newOrderRespType'));
    const placed = exchange.place(order, clock.now());
    publish(placed.events);
    return orderAnswer(placed.order, placed.trades, kind ?? (full ? 'FULL' : 'ACK'));
  },
};

const testOrder: Endpoint = {
  weight: 1,
  security: 'signed',
  handle: (params, { exchange }) => {
    exchange.check(readOrder(params));
    return {};
  },
};

const readOco = (params: Params): NewOco => {
  const stopLimitPrice = params.decimal('stopLimitPrice');
  const optional = {
    listClientOrderId: params.clientId('listClientOrderId'),
    limitClientOrderId: params.clientId('limitClientOrderId'),
    stopClientOrderId: params.clientId('stopClientOrderId'),
  };
  return {
    symbol: params.required('symbol'),
    side: params.requiredOneOf('side', sides, errors.invalidSide),
    quantity: params.requiredDecimal('quantity'),
    price: params.requiredDecimal('price'),
    stopPrice: params.requiredDecimal('stopPrice'),
    ...(stopLimitPrice
      ? {
          stopLimitPrice,
          stopLimitTimeInForce: params.requiredOneOf('stopLimitTimeInForce', timesInForce, errors.invalidTimeInForce),
        }
      : {}),
    ...Object.fromEntries(Object.entries(optional).filter(([, id]) => id !== undefined)),
  };
};

const newOco: Endpoint = {
  weight: 1,
  security: 'signed',
  orders: 2,
  handle: (params, { exchange, clock, publish }) => {
    const placed = exchange.placeOco(readOco(params), clock.now());
    publish(placed.events);
    return listAnswer(placed);
  },
};

/** The order named by `orderId` or `origClientOrderId`. @throws {BinanceError} */
const findOrder = (params: Params, { exchange }: Venue, notFound: () => BinanceError): Order => {
  const symbol = params.required('symbol');
  const orderId = params.int('orderId');
  const clientOrderId = params.text('origClientOrderId');
  if (orderId === undefined && clientOrderId === undefined) throw errors.eitherMissing('origClientOrderId', 'orderId');
  const order = exchange.findOrder(symbol, orderId === undefined ? { clientOrderId: clientOrderId! } : { orderId });
  if (!order || (clientOrderId !== undefined && order.clientOrderId !== clientOrderId)) throw notFound();
  return order;
};

const cancelId = (params: Params, order: Order): string =>
  params.clientId('newClientOrderId') ?? `sim-cancel-${order.symbol}-${order.orderId}`;

const cancelOrder: Endpoint = {
  weight: 1,
  security: 'signed',
  handle: (params, venue) => {
    const order = findOrder(params, venue, errors.unknownOrder);
    const id = cancelId(params, order);
    const at = venue.clock.now();
    venue.publish(venue.exchange.cancel(order, at, id));
    const list = venue.exchange.lists[order.orderListId - 1];
    return list ? cancelListAnswer(list, id, at) : cancelAnswer(order, id, at);
  },
};

const cancelListAnswer = (list: OrderList, id: string, at: number) => ({
  ...listRow(list),
  orderReports: list.orders.map((order) => cancelAnswer(order, id, at)),
});

const cancelOpenOrders: Endpoint = {
  weight: 1,
  security: 'signed',
  handle: (params, venue) => {
    const { exchange, clock, publish } = venue;
    const open = [...exchange.market(params.required('symbol')).open];
    if (open.length === 0) throw errors.unknownOrder();
    const at = clock.now();
    const answer: unknown[] = [];
    for (const order of open) {
      if (order.status !== 'NEW' && order.status !== 'PARTIALLY_FILLED') continue;
      const id = cancelId(params, order);
      publish(exchange.cancel(order, at, id));
      const list = exchange.lists[order.orderListId - 1];
      answer.push(list ? cancelListAnswer(list, id, at) : cancelAnswer(order, id, at));
    }
    return answer;
  },
};

const findList = (params: Params, { exchange }: Venue, notFound: () => BinanceError, idName: string): OrderList => {
  const orderListId = params.int('orderListId');
  const listClientOrderId = params.text(idName);
  if (orderListId === undefined && listClientOrderId === undefined) throw errors.eitherMissing('orderListId', idName);
  const list =
    orderListId === undefined
      ? exchange.lists.findLast((one) => one.listClientOrderId === listClientOrderId)
      : exchange.lists[orderListId - 1];
  if (!list) throw notFound();
  return list;
};

const cancelList: Endpoint = {
  weight: 1,
  security: 'signed',
  handle: (params, venue) => {
    const symbol = params.required('symbol');
    const list = findList(params, venue, errors.unknownOrder, 'listClientOrderId');
    if (list.symbol !== symbol || list.status === 'ALL_DONE') throw errors.unknownOrder();
    const at = venue.clock.now();
    const order = list.orders.find((one) => one.status === 'NEW' || one.status === 'PARTIALLY_FILLED')!;
    const id = cancelId(params, order);
    venue.publish(venue.exchange.cancel(order, at, id));
    return cancelListAnswer(list, id, at);
  },
};

const inTime = <T>(params: Params, rows: readonly T[], time: (row: T) => number): readonly T[] => {
  const from = params.int('startTime') ?? -Infinity;
  const to = params.int('endTime') ?? Infinity;
  return rows.filter((row) => time(row) >= from && time(row) <= to);
};

export const orderEndpoints: Endpoints = {
  'POST /api/v3/order': newOrder,
  'POST /api/v3/order/test': testOrder,
  'POST /api/v3/order/oco': newOco,
  'GET /api/v3/order': {
    weight: 4,
    security: 'signed',
    handle: (params, venue) => orderRow(findOrder(params, venue, errors.noSuchOrder)),
  },
  'DELETE /api/v3/order': cancelOrder,
  'DELETE /api/v3/openOrders': cancelOpenOrders,
  'GET /api/v3/openOrders': {
    weight: (params) => (params.has('symbol') ? 6 : 80),
    security: 'signed',
    handle: (params, { exchange }) => {
      const symbol = params.text('symbol');
      const markets = symbol ? [exchange.market(symbol)] : [...exchange.markets.values()];
      return markets.flatMap((market) => market.open.map(orderRow));
    },
  },
  'GET /api/v3/allOrders': {
    weight: 20,
    security: 'signed',
    handle: (params, { exchange }) => {
      const { orders } = exchange.market(params.required('symbol'));
      const from = params.int('orderId');
      const limit = params.limit(500, 1000);
      const inside = inTime(
        params,
        from === undefined ? orders : orders.slice(Math.max(0, from - 1)),
        (o) => o.createdAt,
      );
      const oldestFirst = from !== undefined || params.has('startTime');
      return (oldestFirst ? inside.slice(0, limit) : inside.slice(-limit)).map(orderRow);
    },
  },
  'GET /api/v3/orderList': {
    weight: 4,
    security: 'signed',
    handle: (params, venue) => listRow(findList(params, venue, errors.noSuchList, 'origClientOrderId')),
  },
  'GET /api/v3/openOrderList': {
    weight: 6,
    security: 'signed',
    handle: (_, { exchange }) => exchange.lists.filter(({ status }) => status === 'EXECUTING').map(listRow),
  },
  'GET /api/v3/allOrderList': {
    weight: 20,
    security: 'signed',
    handle: (params, { exchange }) => {
      const from = params.int('fromId') ?? 0;
      const inside = inTime(params, exchange.lists, (list) => list.updatedAt);
      return inside
        .filter((list) => list.orderListId >= from)
        .slice(-params.limit(500, 1000))
        .map(listRow);
    },
  },
  'DELETE /api/v3/orderList': cancelList,
};
