import { AmbiguousAnswer, NotNow, Refused } from '../errors.ts';
import type { Wire } from './wire.ts';

/**
 * What a failed call means for the thing that was asked:
 * - `unknown`: it may have been done;
 * - `not-now`: it was certainly not done and may work later;
 * - `refused`: it was certainly not done and never will be.
 */
export type Verdict = 'unknown' | 'not-now' | 'refused';

/**
 * By Binance's error code. Codes that are not here are `refused` below HTTP 500 and `unknown` from there on.
 * Source: https://github.com/binance/binance-spot-api-docs/blob/master/errors.md
 */
const byCode: Readonly<Record<number, Verdict>> = {
  [-1000]: 'unknown', // an unknown error while processing
  [-1001]: 'unknown', // internal error, unable to process
  [-1003]: 'not-now', // too many requests
  [-1006]: 'unknown', // unexpected response from the message bus, execution status unknown
  [-1007]: 'unknown', // timeout waiting for the backend, execution status unknown
  [-1008]: 'unknown', // server busy: the text does not say that nothing was done
  [-1015]: 'not-now', // too many orders
  [-1016]: 'not-now', // service shutting down
  [-1021]: 'not-now', // timestamp outside of recvWindow: judged before anything is done
  [-1034]: 'not-now', // too many connections
};

/** By HTTP status, where the answer carries no code: a proxy or firewall in front of the exchange spoke. */
const byStatus = (status: number): Verdict => {
  if (status === 403 || status === 418 || status === 429) return 'not-now'; // firewall, ban, limit
  if (status >= 400 && status < 500) return 'refused';
  return 'unknown'; // 5xx, and an answer that could not be read
};

/** The connection was never made, so nothing was sent. Every other socket error may have come after the request. */
const neverSent: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Until the next try, where the exchange names no time, in milliseconds. */
const defaultRetryMs = (code: number | undefined, status: number | undefined): number => {
  if (code === -1021) return 0;
  if (status === 418) return 120_000;
  if (code === -1015 || status === 429 || status === 403) return 10_000;
  return 1_000;
};

const fieldOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

/** The library throws plain objects where an answer is no JSON. */
const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(fieldOf(error, 'message') ?? error));

/** Binance's numeric code, if the failure is an answer of the exchange. */
export const exchangeCodeOf = (error: unknown): number | undefined => {
  const code = fieldOf(error, 'code');
  return typeof code === 'number' ? code : undefined;
};

/** The one place where a failure of the library becomes one of the port's errors. */
export const judge = (what: string, failure: unknown, wire: Wire): AmbiguousAnswer | NotNow | Refused => {
  const { status } = wire;
  const code = exchangeCodeOf(failure);
  const cause = asError(failure);
  switch (verdictOf(failure, code, status)) {
    case 'unknown':
      return new AmbiguousAnswer(what, cause);
    case 'not-now':
      return new NotNow(what, wire.retryAfterMs ?? defaultRetryMs(code, status), cause);
    case 'refused':
      return new Refused(what, code ?? status ?? 0, code === undefined ? `HTTP ${status}` : cause.message, cause);
  }
};

const verdictOf = (failure: unknown, code: number | undefined, status: number | undefined): Verdict => {
  if (status === undefined) return neverSent.has(fieldOf(failure, 'code')) ? 'not-now' : 'unknown';
  if (status === 418 || status === 429) return 'not-now';
  if (code === undefined) return byStatus(status);
  return byCode[code] ?? (status < 500 ? 'refused' : 'unknown');
};

/** An answer of this kind says that the exchange knows no such order (or none that is open, when canceling). */
export const saysUnknownOrder = (error: unknown): boolean =>
  error instanceof Refused && [-2011, -2013, -2018].includes(error.exchangeCode);
