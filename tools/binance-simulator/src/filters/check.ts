import { dec, isMultiple, type Dec } from '../decimal.ts';
import { errors } from '../errors.ts';
import { isOpen, isStop, type Market, type OrderType, type Side } from '../matching/types.ts';
import type { SymbolRules } from './rules.ts';

/** PRICE_FILTER, for a price and for a stop price. */
export const checkPrice = (rules: SymbolRules, price: Dec): void => {
  if (price.lt(rules.minPrice) || price.gt(rules.maxPrice) || !isMultiple(price, rules.tickSize))
    throw errors.filter('PRICE_FILTER');
};

/** PERCENT_PRICE_BY_SIDE against the average price, which here is the last price. */
export const checkPercentPrice = (rules: SymbolRules, side: Side, price: Dec, average: Dec): void => {
  const [up, down] =
    side === 'BUY'
      ? [rules.bidMultiplierUp, rules.bidMultiplierDown]
      : [rules.askMultiplierUp, rules.askMultiplierDown];
  if (price.gt(average.times(up)) || price.lt(average.times(down))) throw errors.filter('PERCENT_PRICE_BY_SIDE');
};

/** LOT_SIZE, and MARKET_LOT_SIZE for orders that take at market. */
export const checkQuantity = (rules: SymbolRules, quantity: Dec, market: boolean): void => {
  if (quantity.lt(rules.minQty) || quantity.gt(rules.maxQty) || !isMultiple(quantity, rules.stepSize))
    throw errors.filter('LOT_SIZE');
  if (!market) return;
  const { marketMinQty, marketMaxQty, marketStepSize } = rules;
  if (quantity.lt(marketMinQty) || quantity.gt(marketMaxQty) || !isMultiple(quantity, marketStepSize))
    throw errors.filter('MARKET_LOT_SIZE');
};

/** NOTIONAL; its minimum applies to market orders, its maximum does not. */
export const checkNotional = (rules: SymbolRules, notional: Dec, market: boolean): void => {
  if (notional.lt(rules.minNotional)) throw errors.filter('NOTIONAL');
  if (!market && notional.gt(rules.maxNotional)) throw errors.filter('NOTIONAL');
};

/** MAX_NUM_ORDERS and MAX_NUM_ALGO_ORDERS, counting the orders that are about to be placed. */
export const checkOpenOrders = (market: Market, types: readonly OrderType[]): void => {
  const open = market.open.filter(isOpen);
  if (open.length + types.length > market.rules.maxNumOrders) throw errors.filter('MAX_NUM_ORDERS');
  const algos = types.filter(isStop).length;
  if (algos && open.filter((order) => isStop(order.type)).length + algos > market.rules.maxNumAlgoOrders)
    throw errors.filter('MAX_NUM_ALGO_ORDERS');
};

const text = (value: Dec): string => value.toFixed(8);

/** The `filters` array of `exchangeInfo`. */
export const filtersOf = (rules: SymbolRules): readonly Record<string, unknown>[] => [
  {
    filterType: 'PRICE_FILTER',
    minPrice: text(rules.minPrice),
    maxPrice: text(rules.maxPrice),
    tickSize: text(rules.tickSize),
  },
  {
    filterType: 'LOT_SIZE',
    minQty: text(rules.minQty),
    maxQty: text(rules.maxQty),
    stepSize: text(rules.stepSize),
  },
  { filterType: 'ICEBERG_PARTS', limit: 10 },
  {
    filterType: 'MARKET_LOT_SIZE',
    minQty: text(rules.marketMinQty),
    maxQty: text(rules.marketMaxQty),
    stepSize: text(rules.marketStepSize),
  },
  {
    filterType: 'PERCENT_PRICE_BY_SIDE',
    bidMultiplierUp: rules.bidMultiplierUp.toFixed(),
    bidMultiplierDown: rules.bidMultiplierDown.toFixed(),
    askMultiplierUp: rules.askMultiplierUp.toFixed(),
    askMultiplierDown: rules.askMultiplierDown.toFixed(),
    avgPriceMins: 5,
  },
  {
    filterType: 'NOTIONAL',
    minNotional: text(rules.minNotional),
    applyMinToMarket: true,
    maxNotional: text(rules.maxNotional),
    applyMaxToMarket: false,
    avgPriceMins: 5,
  },
  { filterType: 'MAX_NUM_ORDERS', maxNumOrders: rules.maxNumOrders },
  { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: rules.maxNumOrderLists },
  { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: rules.maxNumAlgoOrders },
];

/** Quantities and prices carry at most eight decimals (-1111). */
export const checkPrecision = (name: string, value: Dec): void => {
  if (value.decimalPlaces() > 8) throw errors.tooPrecise(name);
};

export const bps = (value: number | string): Dec => dec(value).div(10_000);
