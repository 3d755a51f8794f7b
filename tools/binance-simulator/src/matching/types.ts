import type { Dec } from '../decimal.ts';
import type { SymbolRules } from '../filters/rules.ts';

/** Milliseconds since 1970, by the simulated exchange's clock. */
export type UnixMs = number;
export type Side = 'BUY' | 'SELL';
export type OrderType =
  'LIMIT' | 'MARKET' | 'STOP_LOSS' | 'STOP_LOSS_LIMIT' | 'TAKE_PROFIT' | 'TAKE_PROFIT_LIMIT' | 'LIMIT_MAKER';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK';
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
export type Execution = 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED';

/** What a client asks for. Prices in quote per base, quantities in base; absent where the type has none. */
export interface NewOrder {
  symbol: string;
  side: Side;
  type: OrderType;
  timeInForce?: TimeInForce;
  quantity?: Dec;
  /** MARKET only: spend (BUY) or receive (SELL) about this much quote. */
  quoteOrderQty?: Dec;
  price?: Dec;
  stopPrice?: Dec;
  /** Unique among open orders; derived from the order id where absent. */
  clientOrderId?: string;
}

export interface NewOco {
  symbol: string;
  side: Side;
  quantity: Dec;
  /** Of the LIMIT_MAKER leg. */
  price: Dec;
  stopPrice: Dec;
  /** Makes the stop leg a STOP_LOSS_LIMIT; without it the leg is a STOP_LOSS, which sells or buys at market. */
  stopLimitPrice?: Dec;
  stopLimitTimeInForce?: TimeInForce;
  listClientOrderId?: string;
  limitClientOrderId?: string;
  stopClientOrderId?: string;
}

export interface Order {
  readonly symbol: string;
  /** Counts from 1 within a symbol, as trade ids do. */
  readonly orderId: number;
  /** -1 outside an order list. */
  readonly orderListId: number;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Zero for market types. */
  readonly price: Dec;
  readonly quantity: Dec;
  readonly quoteOrderQty: Dec;
  readonly stopPrice: Dec;
  readonly createdAt: UnixMs;
  executed: Dec;
  executedQuote: Dec;
  status: OrderStatus;
  /** On the book; a stop order is not before its trigger. */
  working: boolean;
  workingAt: UnixMs | undefined;
  updatedAt: UnixMs;
}

export interface Trade {
  readonly symbol: string;
  readonly tradeId: number;
  readonly orderId: number;
  readonly orderListId: number;
  readonly clientOrderId: string;
  readonly price: Dec;
  readonly quantity: Dec;
  readonly quoteQuantity: Dec;
  readonly commission: Dec;
  readonly commissionAsset: string;
  readonly time: UnixMs;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
}

export interface OrderList {
  /** Counts from 1 over all symbols. */
  readonly orderListId: number;
  readonly symbol: string;
  readonly listClientOrderId: string;
  /** The stop leg, then the limit leg. */
  readonly orders: readonly Order[];
  status: 'EXECUTING' | 'ALL_DONE';
  updatedAt: UnixMs;
}

export interface Market {
  readonly rules: SymbolRules;
  /** Price of the last print. */
  last: Dec;
  readonly orders: Order[];
  /** In order of their ids. */
  open: Order[];
  readonly trades: Trade[];
  /** The newest order of each client order id. */
  readonly byClientId: Map<string, Order>;
}

export interface BalanceView {
  readonly asset: string;
  readonly free: Dec;
  readonly locked: Dec;
}

/** What happened, in the order in which it did. Orders and lists are copies of that moment. */
export type ExchangeEvent =
  | {
      readonly type: 'execution';
      readonly execution: Execution;
      readonly order: Readonly<Order>;
      readonly trade?: Trade;
      /** Of the cancel request, where one caused it. */
      readonly cancelClientOrderId?: string;
      readonly at: UnixMs;
    }
  | { readonly type: 'list'; readonly list: Readonly<OrderList>; readonly at: UnixMs }
  | { readonly type: 'transfer'; readonly asset: string; readonly amount: Dec; readonly at: UnixMs }
  | { readonly type: 'balances'; readonly balances: readonly BalanceView[]; readonly at: UnixMs };

export const isOpen = (order: Readonly<Order>): boolean =>
  order.status === 'NEW' || order.status === 'PARTIALLY_FILLED';
export const remaining = (order: Readonly<Order>): Dec => order.quantity.minus(order.executed);
export const isStop = (type: OrderType): boolean => type.startsWith('STOP') || type.startsWith('TAKE');
/** A market type takes whatever the book offers once it works. */
export const isMarketType = (type: OrderType): boolean =>
  type === 'MARKET' || type === 'STOP_LOSS' || type === 'TAKE_PROFIT';
