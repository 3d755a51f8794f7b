import type { Amount, Balance, OrderRequest, Price, Quantity, Side, UnixMs } from '@bot-core/events';
import { asAmount, dec, type SymbolRules } from '@bot-core/trading';
import type { ExchangeCandle, Fill, OrderReport, OrderSnapshot } from '../port.ts';
import { assetIn, decimalIn, idIn, type Row, rowsOf, symbolIn, textIn, timeIn, Unreadable } from './fields.ts';

/** Turns Binance's shapes into the port's. Source: https://github.com/binance/binance-spot-api-docs */

/** A fill whose fee has not been valued yet. */
export type UnvaluedFill = Omit<Fill, 'feeInQuote'>;
export type Leg = Fill['leg'];
type Status = OrderReport['status'];

const statuses: Readonly<Record<string, Status>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'open',
  PENDING_CANCEL: 'open',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
  REJECTED: 'rejected',
};
export const statusIn = (row: Row, field: string): Status => {
  const status = statuses[textIn(row, field)];
  if (!status) throw new Unreadable(field, row[field]);
  return status;
};

/** An order that the engine rejected after it had an id never was in force: it ended by the exchange's rules. */
export const snapshotStatus = (status: Status): OrderSnapshot['status'] => (status === 'rejected' ? 'expired' : status);

/**
 * An order list as one order. `done` when the exchange says ALL_DONE or REJECT. One leg filled is the list filled, also
 * while the list was read a moment before: the exchange ends the other one by itself.
 */
export const listStatus = (done: boolean, legs: readonly Status[]): OrderSnapshot['status'] => {
  if (legs.includes('filled')) return 'filled';
  if (!done) return 'open';
  return legs.includes('canceled') ? 'canceled' : 'expired';
};

export const sideIn = (row: Row, field: string): Side => {
  const side = row[field];
  if (side !== 'BUY' && side !== 'SELL') throw new Unreadable(field, side);
  return side;
};

const quoteOf = (price: Price, quantity: Quantity): Amount => asAmount(dec(price).times(quantity));

/** A fill inside the FULL answer to a market order. */
export const fillOfAnswer = (row: Row, side: Side, at: UnixMs): UnvaluedFill => {
  const price = decimalIn<Price>(row, 'price');
  const quantity = decimalIn<Quantity>(row, 'qty');
  return {
    tradeId: idIn(row, 'tradeId'),
    leg: null,
    side,
    quantity,
    price,
    quoteQuantity: quoteOf(price, quantity),
    fee: decimalIn(row, 'commission'),
    feeAsset: assetIn(row, 'commissionAsset'),
    at,
  };
};

/** A row of `myTrades`. */
export const fillOfTrade = (row: Row, leg: Leg): UnvaluedFill => ({
  tradeId: idIn(row, 'id'),
  leg,
  side: row['isBuyer'] === true ? 'BUY' : 'SELL',
  quantity: decimalIn(row, 'qty'),
  price: decimalIn(row, 'price'),
  quoteQuantity: decimalIn(row, 'quoteQty'),
  fee: decimalIn(row, 'commission'),
  feeAsset: assetIn(row, 'commissionAsset'),
  at: timeIn(row, 'time'),
});

/** In an order list the limit leg takes the profit and the stop leg limits the loss. */
const legOfReport = (row: Row): Leg => {
  if (idIn(row, 'g') === '-1') return null;
  return textIn(row, 'o').startsWith('STOP_LOSS') ? 'stop-loss' : 'take-profit';
};

export type UnvaluedReport = Omit<OrderReport, 'fill'> & { readonly fill: UnvaluedFill | null };

/** An `executionReport` of the user-data stream. A cancel has its own id in `c` and the order's in `C`. */
export const reportOf = (row: Row): UnvaluedReport => {
  const at = timeIn(row, 'T');
  return {
    symbol: symbolIn(row, 's'),
    clientOrderId: (row['C'] ? textIn(row, 'C') : textIn(row, 'c')) as OrderReport['clientOrderId'],
    exchangeOrderId: idIn(row, 'i'),
    status: statusIn(row, 'X'),
    fill: row['x'] === 'TRADE' ? fillOfReport(row, at) : null,
    at,
  };
};

const fillOfReport = (row: Row, at: UnixMs): UnvaluedFill => ({
  tradeId: idIn(row, 't'),
  leg: legOfReport(row),
  side: sideIn(row, 'S'),
  quantity: decimalIn(row, 'l'),
  price: decimalIn(row, 'L'),
  quoteQuantity: decimalIn(row, 'Y'),
  fee: decimalIn(row, 'n'),
  feeAsset: assetIn(row, 'N'),
  at,
});

/** Our ids of an order list's legs. */
export const legOf = (request: Extract<OrderRequest, { type: 'oco' }>, clientOrderId: string): Leg => {
  if (clientOrderId === request.takeProfitClientOrderId) return 'take-profit';
  if (clientOrderId === request.stopClientOrderId) return 'stop-loss';
  throw new Unreadable('leg of the order list', clientOrderId);
};

/** A row of `account.balances`; null when the account has none of the asset. */
export const balanceOf = (row: Row): Balance | null => {
  const total = dec(decimalIn(row, 'free')).plus(decimalIn<Amount>(row, 'locked'));
  return total.isZero() ? null : { asset: assetIn(row, 'asset'), total: asAmount(total) };
};

/** A symbol of `exchangeInfo`. */
export const rulesOf = (row: Row): SymbolRules => {
  const filters = new Map(rowsOf(row['filters'], 'filters').map((filter) => [textIn(filter, 'filterType'), filter]));
  const filter = (...names: readonly string[]): Row => {
    const found = names.map((name) => filters.get(name)).find((one) => one !== undefined);
    if (!found) throw new Unreadable(`filter ${names.join(' or ')}`, [...filters.keys()]);
    return found;
  };
  const lot = filter('LOT_SIZE');
  return {
    symbol: symbolIn(row, 'symbol'),
    baseAsset: assetIn(row, 'baseAsset'),
    quoteAsset: assetIn(row, 'quoteAsset'),
    trading: textIn(row, 'status') === 'TRADING',
    tickSize: decimalIn(filter('PRICE_FILTER'), 'tickSize'),
    stepSize: decimalIn(lot, 'stepSize'),
    minQuantity: decimalIn(lot, 'minQty'),
    maxQuantity: decimalIn(lot, 'maxQty'),
    maxMarketQuantity: decimalIn(filter('MARKET_LOT_SIZE', 'LOT_SIZE'), 'maxQty'),
    minNotional: decimalIn(filter('NOTIONAL', 'MIN_NOTIONAL'), 'minNotional'),
  };
};

/** A row of `klines`, as the library names its columns. */
export const candleOf = (row: Row): ExchangeCandle => ({
  openTime: timeIn(row, 'openTime'),
  closeTime: timeIn(row, 'closeTime'),
  open: decimalIn(row, 'open'),
  high: decimalIn(row, 'high'),
  low: decimalIn(row, 'low'),
  close: decimalIn(row, 'close'),
  volume: decimalIn(row, 'volume'),
});

/** The `k` of a kline stream message. */
export const candleOfStream = (row: Row): ExchangeCandle => ({
  openTime: timeIn(row, 't'),
  closeTime: timeIn(row, 'T'),
  open: decimalIn(row, 'o'),
  high: decimalIn(row, 'h'),
  low: decimalIn(row, 'l'),
  close: decimalIn(row, 'c'),
  volume: decimalIn(row, 'v'),
});

export const bySmallestTradeId = (a: { tradeId: string }, b: { tradeId: string }): number =>
  a.tradeId.length - b.tradeId.length || (a.tradeId < b.tradeId ? -1 : a.tradeId > b.tradeId ? 1 : 0);
