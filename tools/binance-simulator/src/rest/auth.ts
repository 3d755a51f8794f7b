import { createHmac } from 'node:crypto';
import { errors } from '../errors.ts';
import type { UnixMs } from '../matching/types.ts';
import type { Params } from './params.ts';

export interface Credentials {
  readonly apiKey: string;
  readonly apiSecret: string;
}

export const hmac = (secret: string, payload: string): string =>
  createHmac('sha256', secret).update(payload).digest('hex');

/** @throws {BinanceError} -2014 without a key, -2015 with another one. */
export const checkKey = (credentials: Credentials, key: string | undefined): void => {
  if (!key) throw errors.badKeyFormat();
  if (key !== credentials.apiKey) throw errors.rejectedKey();
};

/** A timestamp may be at most 1 s ahead of the server and `recvWindow` (5 s, at most 60 s) behind it. @throws {BinanceError} -1021 */
export const checkTimestamp = (params: Params, serverTime: UnixMs): void => {
  const timestamp = params.int('timestamp');
  if (timestamp === undefined) throw errors.missing('timestamp');
  const recvWindow = params.int('recvWindow') ?? 5000;
  if (recvWindow > 60_000) throw errors.tooLarge('recvWindow', '60000');
  if (timestamp >= serverTime + 1000) throw errors.aheadOfServer();
  if (serverTime - timestamp > recvWindow) throw errors.outsideRecvWindow();
};

/** The signature covers the query string and the body, without the signature itself. @throws {BinanceError} -1102, -1022 */
export const checkSignature = (credentials: Credentials, query: string, body: string): void => {
  const signature = /(?:^|&)signature=([^&]*)/.exec(`${query}&${body}`)?.[1];
  if (!signature) throw errors.missing('signature');
  const strip = (text: string) => text.replace(/(^|&)signature=[^&]*/, '').replace(/^&/, '');
  if (hmac(credentials.apiSecret, strip(query) + strip(body)) !== signature) throw errors.badSignature();
};
