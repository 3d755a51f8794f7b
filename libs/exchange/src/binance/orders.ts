import type { Balance, ClientOrderId, Quantity, TradingSymbol, UnixMs } from '@bot-core/events';
import { dec, sum } from '@bot-core/trading';
import { AmbiguousAnswer, NotNow, Refused } from '../errors.ts';
import type { OrderSnapshot, OrderToSubmit, SubmitAnswer } from '../port.ts';
import { decimalIn, idIn, rowOf, rowsOf, textIn, timeIn } from './fields.ts';
import { type Oco, placing, type Unvalued } from './placing.ts';
import type { Rest } from './rest.ts';
import {
  balanceOf,
  bySmallestTradeId,
  fillOfTrade,
  type Leg,
  legOf,
  listStatus,
  snapshotStatus,
  statusIn,
  type UnvaluedFill,
} from './shapes.ts';
import type { Symbols } from './symbols.ts';
import { saysUnknownOrder } from './verdicts.ts';

/** An order as `GET order` shows it, with what it takes to fetch its fills. */
interface OrderState {
  readonly exchangeOrderId: string;
  readonly status: ReturnType<typeof statusIn>;
  readonly executed: Quantity;
  readonly at: OrderSnapshot['at'];
}

/** Orders over REST. An order list is one order here: list, legs and trades in one snapshot. */
export class Orders {
  readonly #rest: Rest;
  readonly #symbols: Symbols;

  constructor(rest: Rest, symbols: Symbols) {
    this.#rest = rest;
    this.#symbols = symbols;
  }

  async balances(): Promise<readonly Balance[]> {
    return this.#rest.signed(
      'balances',
      (library, { recvWindow }) =>
        library.privateRequest('GET', '/api/v3/account', { omitZeroBalances: true, recvWindow }),
      (answer) =>
        rowsOf(rowOf(answer)['balances'], 'balances')
          .map(balanceOf)
          .filter((balance) => balance !== null),
    );
  }

  async submit(order: OrderToSubmit): Promise<SubmitAnswer> {
    const what = nameOf(order);
    await this.#knowPair(what, order.symbol);
    const { send, read } = placing(order);
    let sentAt: UnixMs | undefined;
    let accepted: Unvalued;
    try {
      accepted = await this.#rest.signed(
        what,
        (library, stamp) => {
          sentAt = stamp.at;
          return send(library, stamp);
        },
        read,
      );
    } catch (error) {
      if (!(error instanceof Refused) || sentAt === undefined) throw error;
      const stamped = sentAt;
      const at = await this.#rest.clock.now().catch(() => stamped);
      return { outcome: 'rejected', code: error.exchangeCode, message: error.exchangeMessage, at };
    }
    return { outcome: 'accepted', order: await done(what, this.#valued(order.symbol, accepted)) };
  }

  async find(order: OrderToSubmit): Promise<OrderSnapshot | null> {
    try {
      const unvalued =
        order.request.type === 'oco' ? await this.#findOco(order, order.request) : await this.#findPlain(order);
      return await this.#valued(order.symbol, unvalued);
    } catch (error) {
      if (saysUnknownOrder(error)) return null;
      throw error;
    }
  }

  async cancel(order: OrderToSubmit): Promise<OrderSnapshot | null> {
    const { symbol, clientOrderId } = order;
    try {
      await this.#rest.signed(
        `cancel ${nameOf(order)}`,
        (library, { recvWindow }) =>
          order.request.type === 'oco'
            ? library.privateRequest('DELETE', '/api/v3/orderList', {
                symbol,
                listClientOrderId: clientOrderId,
                recvWindow,
              })
            : library.privateRequest('DELETE', '/api/v3/order', {
                symbol,
                origClientOrderId: clientOrderId,
                recvWindow,
              }),
        (answer) => rowOf(answer),
      );
    } catch (error) {
      if (saysUnknownOrder(error)) return null;
      throw error;
    }
    return done(`cancel ${nameOf(order)}`, this.find(order));
  }

  /** Asked for before an order is sent, so that its fills can be told at once. @throws {NotNow} nothing was sent then. */
  async #knowPair(what: string, symbol: TradingSymbol): Promise<void> {
    if (this.#symbols.pairIfKnown(symbol)) return;
    try {
      await this.#symbols.pair(symbol);
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new NotNow(what, error instanceof NotNow ? error.retryAfterMs : 1_000, error);
    }
  }

  async #findPlain(order: OrderToSubmit): Promise<Unvalued> {
    const state = await this.#state(order.symbol, { origClientOrderId: order.clientOrderId });
    return {
      exchangeOrderId: state.exchangeOrderId,
      status: snapshotStatus(state.status),
      fills: await this.#fills(order.symbol, state, null),
      at: state.at,
    };
  }

  async #findOco(order: OrderToSubmit, request: Oco): Promise<Unvalued> {
    const { symbol, clientOrderId } = order;
    const list = await this.#rest.signed(
      `find ${nameOf(order)}`,
      (library, { recvWindow }) =>
        library.privateRequest('GET', '/api/v3/orderList', { origClientOrderId: clientOrderId, recvWindow }),
      (answer) => {
        const row = rowOf(answer);
        return {
          exchangeOrderId: idIn(row, 'orderListId'),
          done: textIn(row, 'listOrderStatus') !== 'EXECUTING',
          legs: rowsOf(row['orders'], 'orders').map((leg) => ({
            orderId: idIn(leg, 'orderId'),
            leg: legOf(request, textIn(leg, 'clientOrderId')),
          })),
          at: timeIn(row, 'transactionTime'),
        };
      },
    );
    const legs = await Promise.all(
      list.legs.map(async ({ orderId, leg }) => {
        const state = await known(this.#state(symbol, { orderId }));
        return { state, fills: await this.#fills(symbol, state, leg) };
      }),
    );
    return {
      exchangeOrderId: list.exchangeOrderId,
      status: listStatus(
        list.done,
        legs.map(({ state }) => state.status),
      ),
      fills: legs.flatMap(({ fills }) => fills).sort(bySmallestTradeId),
      at: legs.reduce((latest, { state }) => (state.at > latest ? state.at : latest), list.at),
    };
  }

  async #state(
    symbol: TradingSymbol,
    id: { readonly origClientOrderId: ClientOrderId } | { readonly orderId: string },
  ): Promise<OrderState> {
    return this.#rest.signed(
      `find order ${Object.values(id).join()} in ${symbol}`,
      (library, { recvWindow }) => library.privateRequest('GET', '/api/v3/order', { symbol, ...id, recvWindow }),
      (answer) => {
        const row = rowOf(answer);
        return {
          exchangeOrderId: idIn(row, 'orderId'),
          status: statusIn(row, 'status'),
          executed: decimalIn(row, 'executedQty'),
          at: timeIn(row, 'updateTime'),
        };
      },
    );
  }

  /** @throws {AmbiguousAnswer} while the exchange does not show all trades of the order yet: fills are complete or not told. */
  async #fills(symbol: TradingSymbol, order: OrderState, leg: Leg): Promise<readonly UnvaluedFill[]> {
    if (dec(order.executed).isZero()) return [];
    const what = `trades of order ${order.exchangeOrderId} in ${symbol}`;
    const asking = this.#rest.signed(
      what,
      (library, { recvWindow }) =>
        library.privateRequest('GET', '/api/v3/myTrades', {
          symbol,
          orderId: order.exchangeOrderId,
          limit: 1_000,
          recvWindow,
        }),
      (answer) => rowsOf(answer, 'trades').map((row) => fillOfTrade(row, leg)),
    );
    const fills = await known(asking);
    const told = sum(fills.map(({ quantity }) => dec(quantity)));
    if (told.lt(order.executed))
      throw new AmbiguousAnswer(what, new Error(`the exchange shows ${told.toFixed()} of ${order.executed} so far`));
    return [...fills].sort(bySmallestTradeId);
  }

  async #valued(symbol: TradingSymbol, order: Unvalued): Promise<OrderSnapshot> {
    return { ...order, fills: await this.#symbols.value(symbol, order.fills) };
  }
}

const nameOf = ({ symbol, clientOrderId, request }: OrderToSubmit): string =>
  `${request.type === 'oco' ? 'order list' : 'order'} ${clientOrderId} in ${symbol}`;

/** An order that the exchange itself has just named: not finding it says that it lags behind, not that there is none. */
const known = async <T>(asking: Promise<T>): Promise<T> => {
  try {
    return await asking;
  } catch (error) {
    if (saysUnknownOrder(error)) throw new AmbiguousAnswer('find a leg of an order list', error);
    throw error;
  }
};

/** The exchange did it, so whatever fails from here on must not look as if it had not. */
const done = async <T>(what: string, rest: Promise<T>): Promise<T> => {
  try {
    return await rest;
  } catch (error) {
    throw new AmbiguousAnswer(what, error);
  }
};
