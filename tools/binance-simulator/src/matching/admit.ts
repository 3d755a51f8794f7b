import type { Balances } from '../account/balances.ts';
import { type Dec, max, zero } from '../decimal.ts';
import { errors } from '../errors.ts';
import { checkNotional, checkOpenOrders, checkPercentPrice, checkPrice, checkQuantity } from '../filters/check.ts';
import { type BookModel, takesOf } from './book.ts';
import { isMarketType, isOpen, isStop, type Market, type NewOco, type NewOrder, type OrderList } from './types.ts';

/** What an order is judged against, beside its market. */
export interface Standing {
  readonly balances: Balances;
  readonly book: BookModel;
  readonly lists: readonly OrderList[];
}

const isOpenId = (market: Market, clientOrderId: string): boolean => {
  const known = market.byClientId.get(clientOrderId);
  return known !== undefined && isOpen(known);
};

/** Does a stop of this type and side wait for the price to rise? */
export const stopWaitsForRise = ({ type, side }: Pick<NewOrder, 'type' | 'side'>): boolean =>
  type.startsWith('STOP') === (side === 'BUY');

const checkFilters = (market: Market, request: NewOrder, quantity: Dec): void => {
  const { rules, last } = market;
  const takesMarket = isMarketType(request.type);
  checkQuantity(rules, quantity, takesMarket);
  if (isStop(request.type)) checkPrice(rules, request.stopPrice ?? zero);
  if (!takesMarket) {
    checkPrice(rules, request.price ?? zero);
    checkPercentPrice(rules, request.side, request.price ?? zero, last);
  }
  const reference = takesMarket ? (request.stopPrice ?? last) : (request.price ?? zero);
  checkNotional(rules, reference.times(quantity), takesMarket);
};

const checkTrigger = (market: Market, request: NewOrder): void => {
  const stop = request.stopPrice ?? zero;
  if (stopWaitsForRise(request) ? stop.lte(market.last) : stop.gte(market.last))
    throw errors.rejected('Stop price would trigger immediately.');
};

/** What an order may cost: quote when it buys. */
const costOf = (market: Market, request: NewOrder, quantity: Dec, book: BookModel): Dec => {
  if (request.type !== 'MARKET')
    return (isMarketType(request.type) ? request.stopPrice : request.price)?.times(quantity) ?? zero;
  const takes = takesOf(market, book, request.side, quantity);
  return takes.reduce((sum, take) => sum.plus(take.price.times(take.quantity)), zero);
};

/** Filters, then the matching engine's own refusals, then the balance. @throws {BinanceError} -1013 or -2010 */
export const admitOrder = (market: Market, request: NewOrder, quantity: Dec, standing: Standing): void => {
  checkFilters(market, request, quantity);
  if (request.type !== 'MARKET') checkOpenOrders(market, [request.type]);
  if (request.clientOrderId && isOpenId(market, request.clientOrderId)) throw errors.duplicateOrder();
  if (isStop(request.type)) checkTrigger(market, request);
  const { balances, book } = standing;
  if (request.type === 'LIMIT_MAKER' && takesOf(market, book, request.side, quantity, request.price).length > 0)
    throw errors.rejected('Order would immediately match and take.');
  const { baseAsset, quoteAsset } = market.rules;
  const covered =
    request.side === 'BUY'
      ? balances.free(quoteAsset).gte(costOf(market, request, quantity, book))
      : balances.free(baseAsset).gte(quantity);
  if (!covered) throw errors.insufficientBalance();
};

/** As `admitOrder`, for a pair: SELL wants limit > last > stop, BUY limit < last < stop. @throws {BinanceError} */
export const admitOco = (
  market: Market,
  request: NewOco & { readonly legs: readonly NewOrder[] },
  standing: Standing,
): void => {
  const { side, quantity, price, stopPrice, stopLimitPrice, legs } = request;
  for (const leg of legs) checkFilters(market, leg, quantity);
  const { last, rules } = market;
  const ordered = side === 'SELL' ? price.gt(last) && last.gt(stopPrice) : price.lt(last) && last.lt(stopPrice);
  if (!ordered) throw errors.rejected('The relationship of the prices for the orders is not correct.');
  checkOpenOrders(
    market,
    legs.map(({ type }) => type),
  );
  const open = standing.lists.filter((list) => list.symbol === request.symbol && list.status === 'EXECUTING');
  if (open.length >= rules.maxNumOrderLists) throw errors.filter('MAX_NUM_ORDER_LISTS');
  const ids = legs.map(({ clientOrderId }) => clientOrderId).filter((id) => id !== undefined);
  const taken = new Set(ids).size < ids.length || ids.some((id) => isOpenId(market, id));
  if (taken || open.some((list) => list.listClientOrderId === request.listClientOrderId)) throw errors.duplicateOrder();
  const needs = side === 'SELL' ? quantity : max(price, stopLimitPrice ?? stopPrice).times(quantity);
  const asset = side === 'SELL' ? rules.baseAsset : rules.quoteAsset;
  if (standing.balances.free(asset).lt(needs)) throw errors.insufficientBalance();
};
