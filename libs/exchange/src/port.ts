import type {
  Balance,
  ClientOrderId,
  Interval,
  OrderRequest,
  Price,
  Quantity,
  TradingSymbol,
  UnixMs,
} from '@bot-core/events';
import type { ObservedFill, ObservedOrder, SymbolRules } from '@bot-core/trading';

/** One match at the exchange. */
export type Fill = ObservedFill;
/** An order, or an order list as one order, as the exchange knows it now. Fills are complete and ordered by trade id. */
export type OrderSnapshot = ObservedOrder;

export interface OrderToSubmit {
  readonly symbol: TradingSymbol;
  readonly clientOrderId: ClientOrderId;
  readonly request: OrderRequest;
}

/** A definitive answer. Everything else is thrown. */
export type SubmitAnswer =
  | { readonly outcome: 'accepted'; readonly order: OrderSnapshot }
  | { readonly outcome: 'rejected'; readonly code: number; readonly message: string; readonly at: UnixMs };

/** From the user-data stream: at least once, in any order. `clientOrderId` is that of a leg where the order is a list. */
export interface OrderReport {
  readonly symbol: TradingSymbol;
  readonly clientOrderId: ClientOrderId;
  readonly exchangeOrderId: string;
  readonly status: 'open' | 'filled' | 'canceled' | 'expired' | 'rejected';
  /** The match that this report tells of, if it does. */
  readonly fill: Fill | null;
  readonly at: UnixMs;
}

export interface Subscription {
  close(): Promise<void>;
}

/** Orders and the account. Every call has a deadline. */
export interface Trading {
  rules(symbol: TradingSymbol): Promise<SymbolRules>;
  balances(): Promise<readonly Balance[]>;
  /**
   * @throws {AmbiguousAnswer} a timeout, a 5xx, -1007, a dropped socket: the order may or may not exist. Ask with `find`.
   * @throws {NotNow} the exchange certainly did not take it and a later try may work (429, 418, -1003, -1021).
   */
  submit(order: OrderToSubmit): Promise<SubmitAnswer>;
  /** Takes an order or a whole order list off. Resolves to what it was then; `null` when the exchange knows none that is open. */
  cancel(order: OrderToSubmit): Promise<OrderSnapshot | null>;
  /** `null` when the exchange knows no order with this id. */
  find(order: OrderToSubmit): Promise<OrderSnapshot | null>;
  /** Follows the user-data stream for ever. `onConnected` is called after the first and each later connection: look for what was missed. */
  followOrders(handlers: {
    onReport(report: OrderReport): void;
    onConnected(): void;
    onDisconnected(reason: string): void;
  }): Promise<Subscription>;
}

export interface ExchangeCandle {
  readonly openTime: UnixMs;
  readonly closeTime: UnixMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: Quantity;
}

export interface MarketData {
  /** Closed candles only, oldest first, at most `limit` (up to 1,000), with openTime in `from` … `to`, both inclusive. */
  candles(query: {
    readonly symbol: TradingSymbol;
    readonly interval: Interval;
    readonly from?: UnixMs;
    readonly to?: UnixMs;
    readonly limit: number;
  }): Promise<readonly ExchangeCandle[]>;
  /** Closed candles and live prices as they come. The adapter's watchdog reports a silent or lost socket through `onSilence`. */
  follow(
    markets: readonly { readonly symbol: TradingSymbol; readonly interval: Interval }[],
    handlers: {
      onCandle(symbol: TradingSymbol, interval: Interval, candle: ExchangeCandle, at: UnixMs): void;
      onPrice(symbol: TradingSymbol, price: Price, at: UnixMs): void;
      /** After the first and each later connection: what closed before it must be looked for over REST. */
      onConnected(): void;
      onSilence(reason: string): void;
    },
  ): Promise<Subscription>;
}

export interface Exchange extends Trading, MarketData {
  /** The exchange's clock, measured or asked. All times in events come from it. */
  now(): Promise<UnixMs>;
  close(): Promise<void>;
}
