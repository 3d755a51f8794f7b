import { feeOf, type FeeSchedule } from '../account/fees.ts';
import { Balances } from '../account/balances.ts';
import { type Dec, max, zero } from '../decimal.ts';
import { errors } from '../errors.ts';
import type { SymbolRules } from '../filters/rules.ts';
import { admitOco, admitOrder } from './admit.ts';
import { type BookModel, quantityForQuote, splitQuantity, takesOf } from './book.ts';
import { levelOf, type Move, touchPrice } from './touch.ts';
import {
  type Execution,
  type ExchangeEvent,
  isMarketType,
  isOpen,
  isStop,
  type Market,
  type NewOco,
  type NewOrder,
  type Order,
  type OrderList,
  remaining,
  type Trade,
  type UnixMs,
} from './types.ts';

export interface ExchangeOptions {
  readonly symbols: readonly { readonly rules: SymbolRules; readonly last: Dec }[];
  readonly balances: Readonly<Record<string, Dec>>;
  readonly fees: FeeSchedule;
  readonly book: BookModel;
  /** Price of BNB in a quote asset, where no loaded symbol tells it. */
  readonly bnbPrice?: Dec;
  readonly bnbBurn?: boolean;
  /** Into how many fills the next execution is cut; 1 leaves it whole. A fault may say more. */
  readonly parts?: () => number;
}

export interface Placed {
  readonly order: Order;
  readonly trades: readonly Trade[];
  readonly events: readonly ExchangeEvent[];
}

export interface PlacedList {
  readonly list: OrderList;
  readonly events: readonly ExchangeEvent[];
}

/**
 * One account on one exchange, without a clock, a socket or chance: requests and prices go in, events come out. Every amount
 * is exact; a refusal is thrown as the exchange's own error and changes nothing.
 */
export class Exchange {
  readonly markets = new Map<string, Market>();
  readonly lists: OrderList[] = [];
  readonly balances: Balances;
  readonly fees: FeeSchedule;
  readonly book: BookModel;
  bnbBurn: boolean;
  readonly #bnbPrice: Dec | undefined;
  readonly #parts: () => number;
  #events: ExchangeEvent[] = [];

  constructor(options: ExchangeOptions) {
    for (const { rules, last } of options.symbols) {
      this.markets.set(rules.symbol, { rules, last, orders: [], open: [], trades: [], byClientId: new Map() });
    }
    this.balances = new Balances(options.balances);
    this.balances.takeChanges();
    this.fees = options.fees;
    this.book = options.book;
    this.bnbBurn = options.bnbBurn ?? false;
    this.#bnbPrice = options.bnbPrice;
    this.#parts = options.parts ?? (() => 1);
  }

  /** @throws {BinanceError} -1121 for a symbol that is not traded here. */
  market(symbol: string): Market {
    const market = this.markets.get(symbol);
    if (!market) throw errors.invalidSymbol();
    return market;
  }

  /** Checks an order as `place` does and changes nothing. @throws {BinanceError} */
  check(request: NewOrder): void {
    const market = this.market(request.symbol);
    admitOrder(market, request, this.#quantityOf(market, request), this);
  }

  /** @throws {BinanceError} -1013, -1111 or -2010; the account is as before then. */
  place(request: NewOrder, at: UnixMs): Placed {
    const market = this.market(request.symbol);
    const quantity = this.#quantityOf(market, request);
    admitOrder(market, request, quantity, this);
    const order = this.#open(market, request, quantity, -1, at);
    const tradesBefore = market.trades.length;
    if (!isStop(order.type)) this.#work(market, order, at);
    return { order, trades: market.trades.slice(tradesBefore), events: this.#flush(at) };
  }

  /** A one-cancels-the-other pair: a LIMIT_MAKER and a stop. @throws {BinanceError} as `place` does. */
  placeOco(request: NewOco, at: UnixMs): PlacedList {
    const market = this.market(request.symbol);
    const { side, quantity, price, stopPrice, stopLimitPrice } = request;
    const stop: NewOrder = {
      symbol: request.symbol,
      side,
      type: stopLimitPrice ? 'STOP_LOSS_LIMIT' : 'STOP_LOSS',
      timeInForce: request.stopLimitTimeInForce ?? 'GTC',
      quantity,
      price: stopLimitPrice ?? zero,
      stopPrice,
      ...(request.stopClientOrderId ? { clientOrderId: request.stopClientOrderId } : {}),
    };
    const limit: NewOrder = {
      symbol: request.symbol,
      side,
      type: 'LIMIT_MAKER',
      quantity,
      price,
      ...(request.limitClientOrderId ? { clientOrderId: request.limitClientOrderId } : {}),
    };
    admitOco(market, { ...request, legs: [stop, limit] }, this);

    const orderListId = this.lists.length + 1;
    const orders: Order[] = [];
    const list: OrderList = {
      orderListId,
      symbol: request.symbol,
      listClientOrderId: request.listClientOrderId ?? `sim-list-${orderListId}`,
      orders,
      status: 'EXECUTING',
      updatedAt: at,
    };
    this.lists.push(list);
    this.#emitList(list, at);
    orders.push(this.#create(market, stop, quantity, orderListId, at));
    orders.push(this.#create(market, limit, quantity, orderListId, at));
    for (const order of orders) {
      order.working = order.type === 'LIMIT_MAKER';
      order.workingAt = order.working ? at : undefined;
      this.#emit('NEW', order, at);
    }
    this.#hold(market, orders[0]!);
    return { list, events: this.#flush(at) };
  }

  /** Cancels an open order, and with it the list it belongs to. @throws {BinanceError} -2011 when it is not open. */
  cancel(order: Order, at: UnixMs, cancelClientOrderId?: string): readonly ExchangeEvent[] {
    if (!isOpen(order)) throw errors.unknownOrder();
    const market = this.market(order.symbol);
    const list = this.#listOf(order);
    for (const one of list ? list.orders.filter(isOpen) : [order])
      this.#end(market, one, 'CANCELED', at, cancelClientOrderId);
    return this.#flush(at);
  }

  /** A deposit, or a withdrawal when negative. @throws {BinanceError} -2010 when less than that is free. */
  transfer(asset: string, amount: Dec, at: UnixMs): readonly ExchangeEvent[] {
    if (this.balances.free(asset).plus(amount).lt(0)) throw errors.insufficientBalance();
    this.balances.credit(asset, amount);
    this.#events.push({ type: 'transfer', asset, amount, at });
    return this.#flush(at);
  }

  findOrder(symbol: string, by: { orderId?: number; clientOrderId?: string }): Order | undefined {
    const market = this.market(symbol);
    if (by.orderId !== undefined) return market.orders[by.orderId - 1];
    return by.clientOrderId === undefined ? undefined : market.byClientId.get(by.clientOrderId);
  }

  /**
   * Moves a symbol's price to the next path point and matches what it reaches on the way, in the order in which the price
   * reaches it, then by order id.
   */
  moveTo(symbol: string, price: Dec, at: UnixMs, move: Move): readonly ExchangeEvent[] {
    const market = this.market(symbol);
    if (market.open.length === 0) {
      market.last = price;
      return [];
    }
    const from = market.last;
    const seen = new Set<Order>();
    if (move === 'jump') market.last = price;
    for (;;) {
      const here = move === 'jump' ? from : market.last;
      const next = this.#nextTouched(market, here, price, move, seen);
      if (!next) break;
      market.last = next.price;
      // One print serves an order once; a walk has further prints for what was just triggered.
      if (next.order.working || move === 'jump') seen.add(next.order);
      if (next.order.working) this.#fillResting(market, next.order, at);
      else this.#trigger(market, next.order, at);
    }
    market.last = price;
    return this.#flush(at);
  }

  #nextTouched(
    market: Market,
    from: Dec,
    to: Dec,
    move: Move,
    seen: ReadonlySet<Order>,
  ): { order: Order; price: Dec } | undefined {
    let best: { order: Order; price: Dec; distance: Dec } | undefined;
    for (const order of market.open) {
      if (!isOpen(order) || seen.has(order)) continue;
      const price = touchPrice(order, from, to, move);
      if (!price) continue;
      const distance = (move === 'jump' ? levelOf(order) : price).minus(from).abs();
      if (!best || distance.lt(best.distance)) best = { order, price, distance };
    }
    return best;
  }

  #quantityOf(market: Market, request: NewOrder): Dec {
    if (request.quantity) return request.quantity;
    if (!request.quoteOrderQty) throw errors.eitherMissing('quantity', 'quoteOrderQty');
    return quantityForQuote(market, this.book, request.side, request.quoteOrderQty);
  }

  #create(market: Market, request: NewOrder, quantity: Dec, orderListId: number, at: UnixMs): Order {
    const orderId = market.orders.length + 1;
    const order: Order = {
      symbol: request.symbol,
      orderId,
      orderListId,
      clientOrderId: request.clientOrderId ?? `sim-${request.symbol}-${orderId}`,
      side: request.side,
      type: request.type,
      timeInForce: request.timeInForce ?? 'GTC',
      price: isMarketType(request.type) ? zero : (request.price ?? zero),
      quantity,
      quoteOrderQty: request.quoteOrderQty ?? zero,
      stopPrice: isStop(request.type) ? (request.stopPrice ?? zero) : zero,
      createdAt: at,
      executed: zero,
      executedQuote: zero,
      status: 'NEW',
      working: false,
      workingAt: undefined,
      updatedAt: at,
    };
    market.orders.push(order);
    market.open.push(order);
    market.byClientId.set(order.clientOrderId, order);
    return order;
  }

  #open(market: Market, request: NewOrder, quantity: Dec, orderListId: number, at: UnixMs): Order {
    const order = this.#create(market, request, quantity, orderListId, at);
    order.working = !isStop(order.type);
    order.workingAt = order.working ? at : undefined;
    this.#hold(market, order);
    this.#emit('NEW', order, at);
    return order;
  }

  /** An order reaches the book: it takes what it may, then rests, or expires. */
  #work(market: Market, order: Order, at: UnixMs): void {
    const limit = isMarketType(order.type) ? undefined : order.price;
    const takes = takesOf(market, this.book, order.side, remaining(order), limit);
    const available = takes.reduce((sum, take) => sum.plus(take.quantity), zero);
    const cost = takes.reduce((sum, take) => sum.plus(take.price.times(take.quantity)), zero);
    const short =
      order.side === 'BUY' &&
      this.balances
        .free(market.rules.quoteAsset)
        .plus(this.balances.held(this.#holder(order)))
        .lt(cost);
    const killed = order.timeInForce === 'FOK' && available.lt(remaining(order));
    if (short || killed) return this.#end(market, order, 'EXPIRED', at);
    for (const take of takes) {
      for (const quantity of splitQuantity(take.quantity, this.#parts(), market.rules.stepSize))
        this.#fill(market, order, take.price, quantity, false, at);
    }
    if (isOpen(order) && (order.timeInForce !== 'GTC' || isMarketType(order.type)))
      this.#end(market, order, 'EXPIRED', at);
  }

  #fillResting(market: Market, order: Order, at: UnixMs): void {
    const parts = splitQuantity(order.quantity, this.#parts(), market.rules.stepSize);
    const piece = parts[0]!;
    const left = remaining(order);
    // What would leave less than one more piece goes with this one, so that an order ends in `parts` fills.
    this.#fill(market, order, order.price, left.minus(piece).lt(piece) ? left : piece, true, at);
  }

  #trigger(market: Market, order: Order, at: UnixMs): void {
    order.working = true;
    order.workingAt = at;
    order.updatedAt = at;
    this.#emit('NEW', order, at);
    this.#expireSibling(market, order, at);
    this.#work(market, order, at);
  }

  #fill(market: Market, order: Order, price: Dec, quantity: Dec, isMaker: boolean, at: UnixMs): void {
    const { rules } = market;
    const quoteQuantity = price.times(quantity);
    this.#expireSibling(market, order, at);
    order.executed = order.executed.plus(quantity);
    order.executedQuote = order.executedQuote.plus(quoteQuantity);
    order.status = order.executed.eq(order.quantity) ? 'FILLED' : 'PARTIALLY_FILLED';
    order.updatedAt = at;
    this.#hold(market, order);
    const [gives, takes] =
      order.side === 'BUY' ? [rules.quoteAsset, rules.baseAsset] : [rules.baseAsset, rules.quoteAsset];
    this.balances.debit(gives, order.side === 'BUY' ? quoteQuantity : quantity);
    this.balances.credit(takes, order.side === 'BUY' ? quantity : quoteQuantity);
    const fee = feeOf({ rules, side: order.side, quantity, quoteQuantity, isMaker }, this.fees, {
      burn: this.bnbBurn,
      price: this.#bnbPriceIn(rules.quoteAsset),
      balances: this.balances,
    });
    this.balances.debit(fee.asset, fee.amount);
    const trade: Trade = {
      symbol: order.symbol,
      tradeId: market.trades.length + 1,
      orderId: order.orderId,
      orderListId: order.orderListId,
      clientOrderId: order.clientOrderId,
      price,
      quantity,
      quoteQuantity,
      commission: fee.amount,
      commissionAsset: fee.asset,
      time: at,
      isBuyer: order.side === 'BUY',
      isMaker,
    };
    market.trades.push(trade);
    this.#emit('TRADE', order, at, { trade });
    if (order.status === 'FILLED') this.#done(market, order, at);
  }

  #end(market: Market, order: Order, how: 'CANCELED' | 'EXPIRED', at: UnixMs, cancelClientOrderId?: string): void {
    order.status = how;
    order.working = false;
    order.updatedAt = at;
    this.#hold(market, order);
    this.#emit(how, order, at, cancelClientOrderId === undefined ? {} : { cancelClientOrderId });
    this.#done(market, order, at);
  }

  #done(market: Market, order: Order, at: UnixMs): void {
    market.open = market.open.filter(isOpen);
    const list = this.#listOf(order);
    if (!list || list.status === 'ALL_DONE' || list.orders.some(isOpen)) return;
    list.status = 'ALL_DONE';
    list.updatedAt = at;
    this.#emitList(list, at);
  }

  /** One leg of a pair was triggered or filled in part: the other is over. */
  #expireSibling(market: Market, order: Order, at: UnixMs): void {
    const sibling = this.#listOf(order)?.orders.find((one) => one !== order && isOpen(one));
    if (sibling) this.#end(market, sibling, 'EXPIRED', at);
  }

  #listOf(order: Order): OrderList | undefined {
    return order.orderListId < 0 ? undefined : this.lists[order.orderListId - 1];
  }

  #holder(order: Order): string {
    return order.orderListId < 0 ? `order:${order.symbol}:${order.orderId}` : `list:${order.orderListId}`;
  }

  /** Locks what the open legs may still cost; the legs of a list share the larger of their needs. */
  #hold(market: Market, order: Order): void {
    const list = this.#listOf(order);
    const needs = (list?.orders ?? [order]).filter(isOpen).map(holdOf);
    const asset = order.side === 'BUY' ? market.rules.quoteAsset : market.rules.baseAsset;
    this.balances.hold(this.#holder(order), asset, needs.reduce(max, zero));
  }

  #bnbPriceIn(quoteAsset: string): Dec | undefined {
    return this.markets.get(`BNB${quoteAsset}`)?.last ?? this.#bnbPrice;
  }

  #emit(
    execution: Execution,
    order: Order,
    at: UnixMs,
    more: { trade?: Trade; cancelClientOrderId?: string } = {},
  ): void {
    this.#events.push({ type: 'execution', execution, order: { ...order }, at, ...more });
  }

  #emitList(list: OrderList, at: UnixMs): void {
    this.#events.push({ type: 'list', list: { ...list, orders: list.orders }, at });
  }

  #flush(at: UnixMs): readonly ExchangeEvent[] {
    const events = this.#events;
    this.#events = [];
    const balances = this.balances.takeChanges();
    if (balances.length > 0) events.push({ type: 'balances', balances, at });
    return events;
  }
}

/** What an open order locks: the quote it may still spend, or the base it may still sell. A MARKET order locks nothing. */
const holdOf = (order: Readonly<Order>): Dec => {
  if (order.type === 'MARKET') return zero;
  if (order.side === 'SELL') return remaining(order);
  return (isMarketType(order.type) ? order.stopPrice : order.price).times(remaining(order));
};
