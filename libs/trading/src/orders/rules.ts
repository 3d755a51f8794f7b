import type { Amount, Asset, Price, Quantity, TradingSymbol } from '@bot-core/events';

/** What the exchange demands of an order in one symbol. Source: Binance spot `exchangeInfo` filters. */
export interface SymbolRules {
  readonly symbol: TradingSymbol;
  readonly baseAsset: Asset;
  readonly quoteAsset: Asset;
  /** False while the exchange has halted it. */
  readonly trading: boolean;
  /** PRICE_FILTER tickSize: prices are multiples of it. */
  readonly tickSize: Price;
  /** LOT_SIZE: quantities are `minQuantity` … `maxQuantity`, multiples of `stepSize`. */
  readonly stepSize: Quantity;
  readonly minQuantity: Quantity;
  readonly maxQuantity: Quantity;
  /** MARKET_LOT_SIZE maxQty: the most one market order may ask for. */
  readonly maxMarketQuantity: Quantity;
  /** NOTIONAL or MIN_NOTIONAL: price × quantity must reach it. Quote asset. */
  readonly minNotional: Amount;
}
