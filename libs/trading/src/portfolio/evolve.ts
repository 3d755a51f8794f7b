import type {
  Asset,
  ClientOrderId,
  DecisionEvent,
  PortfolioData,
  PortfolioEvent,
  TradingSymbol,
  UnixMs,
} from '@bot-core/events';
import { asPrice, dec, type Decimal, quotient, zero } from '../money/decimal.ts';
import { type Order, requestedOrder } from '../orders/order.ts';
import { splitSymbol } from '../orders/symbols.ts';
import { isDone, nextStatus, type OrderEventType } from '../orders/transitions.ts';
import { afterExitFill, baseDelta, entryCost, noDust, type Position } from '../positions/position.ts';
import type { Portfolio } from './state.ts';

/** Done orders kept in mind for reports that come late. Older ones are in the ledger. */
const doneOrdersKept = 50;

export type TradingEvent = PortfolioEvent | DecisionEvent;

/** The state after one event. Total over every event of the portfolio and decision streams. */
export const evolve = (state: Portfolio, event: TradingEvent): Portfolio => {
  switch (event.type) {
    case 'BotStarted':
      return { ...state, running: true };
    case 'BotStopped':
      return { ...state, running: false };
    case 'TradingConfigChanged':
      return { ...state, config: event.data.config, configVersion: event.data.configVersion };
    case 'BalancesObserved':
      return {
        ...state,
        balances: new Map(event.data.balances.map(({ asset, total }) => [asset, dec(total)])),
        balancesObserved: true,
      };
    case 'SignalAccepted':
    case 'SignalRejected':
      return decided(state, event.data);
    case 'OrderRequested':
      return requested(state, requestedOrder(event.data));
    case 'OrderClaimed':
      return moved(state, event.data.clientOrderId, event.type, { attempt: event.data.attempt });
    case 'OrderReleased':
    case 'OrderAccepted':
    case 'OrderRejected':
    case 'OrderAbandoned':
    case 'OrderCancelRequested':
    case 'OrderCanceled':
    case 'OrderExpired':
    case 'OrderFilled':
      return moved(state, event.data.clientOrderId, event.type);
    case 'FillRecorded':
      return filled(state, event.data);
    case 'PositionOpened':
    case 'PositionIncreased':
    case 'PositionReduced':
      return state; // the fill in the same append moved the position already
    case 'PositionProtected': {
      const { clientOrderId, stopPrice, takeProfitPrice } = event.data;
      return withPosition(state, event.data.symbol, (position) => ({
        ...position,
        protection: { clientOrderId, stopPrice, takeProfitPrice },
      }));
    }
    case 'PositionClosed':
      return closed(state, event.data.symbol);
    default:
      return event satisfies never;
  }
};

export const replay = (state: Portfolio, events: Iterable<TradingEvent>): Portfolio => {
  let next = state;
  for (const event of events) next = evolve(next, event);
  return next;
};

const decided = (state: Portfolio, { symbol, openTime }: { symbol: TradingSymbol; openTime: UnixMs }): Portfolio => {
  const newest = state.decided.get(symbol);
  return newest !== undefined && newest >= openTime
    ? state
    : { ...state, decided: put(state.decided, symbol, openTime) };
};

const requested = (state: Portfolio, order: Order): Portfolio => {
  const { terms } = order;
  const next = { ...state, orders: put(state.orders, terms.clientOrderId, order) };
  const position = state.positions.get(terms.symbol);
  if (!position || terms.purpose === 'entry') return next;
  return withPosition(next, terms.symbol, (held) =>
    terms.purpose === 'exit' ? { ...held, exits: held.exits + 1 } : { ...held, protections: held.protections + 1 },
  );
};

const moved = (state: Portfolio, id: ClientOrderId, type: OrderEventType, change: Partial<Order> = {}): Portfolio => {
  const order = known(state, id, type);
  const next = { ...order, ...change, status: nextStatus(order.status, type, id) };
  if (!isDone(next.status)) return { ...state, orders: put(state.orders, id, next) };
  const unprotected = withoutProtection(state, next);
  return {
    ...unprotected,
    orders: without(state.orders, id),
    doneOrders: keepNewest(put(without(state.doneOrders, id), id, next)),
  };
};

const filled = (state: Portfolio, fill: PortfolioData<'FillRecorded'>): Portfolio => {
  const order = known(state, fill.clientOrderId, 'FillRecorded');
  const next: Order = {
    ...order,
    status: nextStatus(order.status, 'FillRecorded', fill.clientOrderId),
    executed: order.executed.plus(fill.quantity),
    quoteExecuted: order.quoteExecuted.plus(fill.quoteQuantity),
    tradeIds: [...order.tradeIds, fill.tradeId],
    leg: fill.leg ?? order.leg,
  };
  const assets = splitSymbol(fill.symbol);
  const quoteDelta = fill.side === 'BUY' ? dec(fill.quoteQuantity).neg() : dec(fill.quoteQuantity);
  const moves: [Asset, Decimal][] = [
    [assets.base, fill.side === 'BUY' ? dec(fill.quantity) : dec(fill.quantity).neg()],
    [assets.quote, quoteDelta],
    [fill.feeAsset, dec(fill.fee).neg()],
  ];
  const balances = new Map(state.balances);
  for (const [asset, delta] of moves) balances.set(asset, (balances.get(asset) ?? zero).plus(delta));
  const booked: Portfolio = isDone(next.status)
    ? { ...state, balances, doneOrders: put(state.doneOrders, fill.clientOrderId, next) }
    : { ...state, balances, orders: put(state.orders, fill.clientOrderId, next) };
  if (next.terms.purpose === 'entry') return entered(booked, next, fill);
  // A match of a protection that was thought canceled may come after the exit closed the position: the balances still count it.
  if (!booked.positions.has(fill.symbol)) return booked;
  return withPosition(booked, fill.symbol, (position) => afterExitFill(position, fill, assets));
};

const entered = (state: Portfolio, order: Order, fill: PortfolioData<'FillRecorded'>): Portfolio => {
  const assets = splitSymbol(fill.symbol);
  const held = state.positions.get(fill.symbol);
  const before = held ?? state.dust.get(fill.symbol) ?? noDust;
  const position: Position = {
    positionId: order.terms.positionId,
    symbol: fill.symbol,
    signalId: order.terms.signalId,
    sold: zero,
    soldFor: zero,
    realisedPnl: zero,
    protection: null,
    protections: 0,
    exits: 0,
    openedAt: fill.at,
    ...held,
    quantity: before.quantity.plus(baseDelta(fill, assets)),
    cost: before.cost.plus(entryCost(fill, assets)),
    entryPrice: asPrice(quotient(order.quoteExecuted, order.executed)),
    fees: (held?.fees ?? zero).plus(fill.feeInQuote),
  };
  return { ...state, positions: put(state.positions, fill.symbol, position), dust: without(state.dust, fill.symbol) };
};

const closed = (state: Portfolio, symbol: TradingSymbol): Portfolio => {
  const position = state.positions.get(symbol);
  if (!position) return state;
  const { quantity, cost } = position;
  const dust = quantity.isZero() ? without(state.dust, symbol) : put(state.dust, symbol, { quantity, cost });
  return { ...state, positions: without(state.positions, symbol), dust };
};

/** A position whose protection is done stands unprotected until another one rests. */
const withoutProtection = (state: Portfolio, { terms }: Order): Portfolio =>
  state.positions.get(terms.symbol)?.protection?.clientOrderId === terms.clientOrderId
    ? withPosition(state, terms.symbol, (position) => ({ ...position, protection: null }))
    : state;

const known = (state: Portfolio, id: ClientOrderId, type: string): Order => {
  const order = state.orders.get(id) ?? state.doneOrders.get(id);
  if (!order)
    throw new Error(`trading: ${type} for order ${id}, which the ledger never requested. The ledger is inconsistent.`);
  return order;
};

const withPosition = (state: Portfolio, symbol: TradingSymbol, change: (position: Position) => Position): Portfolio => {
  const position = state.positions.get(symbol);
  if (!position) throw new Error(`trading: ${symbol} has no open position to change. The ledger is inconsistent.`);
  return { ...state, positions: put(state.positions, symbol, change(position)) };
};

const put = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> => new Map(map).set(key, value);

const without = <K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> => {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
};

const keepNewest = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> =>
  map.size <= doneOrdersKept ? map : new Map([...map].slice(-doneOrdersKept));
