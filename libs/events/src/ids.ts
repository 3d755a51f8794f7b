import { v5 } from 'uuid';
import type { ClientOrderId, Interval, TradingSymbol, UnixMs, Venue } from './values.ts';

/** Bot Core's own UUID namespace. Changing it would change every id ever derived. */
const namespace = '6f1d3a52-0c8e-5b7a-9f43-2b1c6d7e8f90';

/** UUIDv5 (RFC 9562) of a natural key: the same thing gets the same id, whoever derives it and however often. */
export const idOf = (...naturalKey: readonly (string | number)[]): string => v5(naturalKey.join('\u001f'), namespace);

export const candleId = (venue: Venue, symbol: TradingSymbol, interval: Interval, openTime: UnixMs): string =>
  idOf('candle', venue, symbol, interval, openTime);

/** One signal per symbol, interval, candle and model. */
export const signalId = (symbol: TradingSymbol, interval: Interval, openTime: UnixMs, modelId: string): string =>
  idOf('signal', symbol, interval, openTime, modelId);

/**
 * A client order id for `cause` (a signal id, a position id, …) in the role `purpose`.
 * 28 characters of Binance's 36, so that the legs of an order list can carry a suffix.
 */
export const clientOrderIdFor = (purpose: string, cause: string, attempt = 1): ClientOrderId =>
  `bot-${idOf('order', purpose, cause, attempt).replaceAll('-', '').slice(0, 24)}` as ClientOrderId;

/** W3C trace context derived from ids, so that a replayed message lies in the trace of its original. */
export const traceparentOf = (correlationId: string, messageId: string): string =>
  `00-${correlationId.replaceAll('-', '')}-${messageId.replaceAll('-', '').slice(0, 16)}-01`;
