import type { OrderRequest } from '@bot-core/events';
import type { OrderSnapshot, OrderToSubmit } from '../port.ts';
import { idIn, rowOf, rowsOf, textIn, timeIn } from './fields.ts';
import type { Rest, Stamp } from './rest.ts';
import { bySmallestTradeId, fillOfAnswer, snapshotStatus, statusIn, type UnvaluedFill } from './shapes.ts';

type Market = Extract<OrderRequest, { type: 'market' }>;
export type Oco = Extract<OrderRequest, { type: 'oco' }>;
export type Unvalued = Omit<OrderSnapshot, 'fills'> & { readonly fills: readonly UnvaluedFill[] };

type Send = (library: Rest['library'], stamp: Stamp) => Promise<unknown>;

/** How an order is sent and how its answer is read. */
export const placing = (order: OrderToSubmit): { send: Send; read: (answer: unknown) => Unvalued } =>
  order.request.type === 'market'
    ? { send: sendMarket(order, order.request), read: readMarket(order.request) }
    : { send: sendOco(order, order.request), read: readOco };

const sendMarket =
  ({ symbol, clientOrderId }: OrderToSubmit, { side, quantity }: Market): Send =>
  (library, { recvWindow }) =>
    library.privateRequest('POST', '/api/v3/order', {
      symbol,
      side,
      type: 'MARKET',
      quantity,
      newClientOrderId: clientOrderId,
      newOrderRespType: 'FULL',
      recvWindow,
    });

/** The endpoint that the library calls; Binance lists it as deprecated in favour of `orderList/oco`, which names the legs otherwise. */
const sendOco =
  ({ symbol, clientOrderId }: OrderToSubmit, request: Oco): Send =>
  (library, { recvWindow }) =>
    library.privateRequest('POST', '/api/v3/order/oco', {
      symbol,
      side: request.side,
      quantity: request.quantity,
      listClientOrderId: clientOrderId,
      price: request.takeProfitPrice,
      limitClientOrderId: request.takeProfitClientOrderId,
      stopPrice: request.stopPrice,
      stopLimitPrice: request.stopLimitPrice,
      stopLimitTimeInForce: 'GTC',
      stopClientOrderId: request.stopClientOrderId,
      recvWindow,
    });

const readMarket =
  ({ side }: Market) =>
  (answer: unknown): Unvalued => {
    const row = rowOf(answer);
    const at = timeIn(row, 'transactTime');
    return {
      exchangeOrderId: idIn(row, 'orderId'),
      status: snapshotStatus(statusIn(row, 'status')),
      fills: rowsOf(row['fills'], 'fills')
        .map((fill) => fillOfAnswer(fill, side, at))
        .sort(bySmallestTradeId),
      at,
    };
  };

/** A list that was just accepted rests; what happens to it later is told by reports and by `find`. */
const readOco = (answer: unknown): Unvalued => {
  const row = rowOf(answer);
  return {
    exchangeOrderId: idIn(row, 'orderListId'),
    status: textIn(row, 'listOrderStatus') === 'EXECUTING' ? 'open' : 'expired',
    fills: [],
    at: timeIn(row, 'transactionTime'),
  };
};
