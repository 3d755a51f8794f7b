import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/**
 * What the library does on the wire. It hides HTTP status, Retry-After and the end of a socket; Node itself tells of every
 * request that is started (`diagnostics_channel`), and the async context tells whose it is. Nothing of the library is patched.
 */
type OnRequest = (request: ClientRequest) => void;

const watcher = new AsyncLocalStorage<OnRequest | undefined>();
const isStarted = (message: unknown): message is { request: ClientRequest } =>
  typeof message === 'object' && message !== null && 'request' in message;

subscribe('http.client.request.start', (message) => {
  if (isStarted(message)) watcher.getStore()?.(message.request);
});

/** Runs `act`; every HTTP request or WebSocket handshake that follows from it, also later, is told to `onRequest`. */
export const watching = <T>(onRequest: OnRequest, act: () => T): T => watcher.run(onRequest, act);

/** Runs a caller's handler outside: what it sends is no business of the watcher it is called from. */
export const unwatched = <T>(act: () => T): T => watcher.run(undefined, act);

/** What became of one REST call. */
export interface Wire {
  request?: ClientRequest;
  status?: number;
  retryAfterMs?: number;
  usedWeight?: number;
}

/** Runs one REST call of the library and fills `wire` with what the library drops. */
export const watchingRest = <T>(wire: Wire, act: () => T): T =>
  watching((request) => {
    wire.request = request;
    request.once('response', ({ statusCode, headers }) => {
      if (statusCode !== undefined) wire.status = statusCode;
      const retryAfter = Number(headers['retry-after']);
      if (retryAfter >= 0) wire.retryAfterMs = retryAfter * 1_000;
      const weight = Number(headers['x-mbx-used-weight-1m']);
      if (weight >= 0) wire.usedWeight = weight;
    });
  }, act);
