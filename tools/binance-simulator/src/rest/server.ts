import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { BinanceError, errors } from '../errors.ts';
import type { Faults } from '../faults/faults.ts';
import { accountEndpoints } from './accountEndpoints.ts';
import { checkKey, checkSignature, checkTimestamp, type Credentials } from './auth.ts';
import type { Endpoint, Venue } from './endpoint.ts';
import { marketEndpoints } from './marketEndpoints.ts';
import { orderEndpoints } from './orderEndpoints.ts';
import { Params } from './params.ts';

const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  Object.entries({ ...marketEndpoints, ...orderEndpoints, ...accountEndpoints }),
);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown where the connection ends without an answer. */
class HangUp extends Error {}

const json = (status: number, value: unknown, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  body: JSON.stringify(value),
  ...(headers ? { headers } : {}),
});

/** What a proxy in front of the exchange answers when it lost the exchange: no JSON. */
const proxyError = (status: number): Answer => ({
  status,
  type: 'text/html',
  body: `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`,
});

/** The REST face: parses, counts weight, checks who asks, handles, and goes wrong where a fault says so. */
export class RestServer {
  readonly #venue: Venue;
  readonly #credentials: Credentials;
  readonly #faults: Faults;

  constructor(venue: Venue, credentials: Credentials, faults: Faults) {
    this.#venue = venue;
    this.#credentials = credentials;
    this.#faults = faults;
  }

  async serve(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const method = request.method ?? 'GET';
    let answer: Answer;
    try {
      const late = this.#faults.takeRequest('latency-before', method, path);
      if (late) await delay(late.ms);
      answer = this.#answer(method, path, query, body, String(request.headers['x-mbx-apikey'] ?? ''));
    } catch (error) {
      if (error instanceof HangUp) {
        request.socket.destroy();
        return;
      }
      const known = error instanceof BinanceError ? error : errors.unknown();
      if (known !== error) process.stderr.write(`simulator: ${method} ${path} failed: ${String(error)}\n`);
      answer = json(known.status, { code: known.code, msg: known.message }, known.headers);
    }
    const slow = this.#faults.takeRequest('latency-after', method, path);
    if (slow) await delay(slow.ms);
    response.writeHead(answer.status, {
      'Content-Type': answer.type ?? 'application/json;charset=UTF-8',
      'Content-Length': Buffer.byteLength(answer.body),
      ...this.#venue.limits.headers(),
      ...answer.headers,
    });
    response.end(answer.body);
  }

  #answer(method: string, path: string, query: string, body: string, key: string): Answer {
    const endpoint = endpoints.get(`${method} ${path}`);
    if (!endpoint)
      return { ...proxyError(404), body: `<html><body>simulator: no ${method} ${path} here</body></html>` };
    const params = new Params(new URLSearchParams(body ? `${query}&${body}` : query));
    const { limits, clock } = this.#venue;

    const limited = this.#faults.takeRequest('rate-limit', method, path);
    if (limited) throw errors.tooMuchWeight(limits.limits.weightPerMinute, limited.retryAfterSeconds ?? 1);
    limits.spend(typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params));
    const early = this.#faulty('before', method, path);
    if (early) return early;
    if (endpoint.security === 'signed') {
      checkKey(this.#credentials, key);
      checkTimestamp(params, clock.serverTime());
      checkSignature(this.#credentials, query, body);
    }
    if (endpoint.orders) limits.spendOrders(endpoint.orders);
    const result = endpoint.handle(params, this.#venue);
    return this.#faulty('after', method, path) ?? json(200, result);
  }

  /** A request that goes wrong before or after its effect. */
  #faulty(when: 'before' | 'after', method: string, path: string): Answer | undefined {
    if (!this.#faults.any) return undefined;
    if (this.#faults.takeRequest(`hang-up-${when}`, method, path)) throw new HangUp();
    if (this.#faults.takeRequest(`timeout-${when}`, method, path)) throw errors.timeout();
    const failed = this.#faults.takeRequest(`error-${when}`, method, path);
    return failed && proxyError(failed.status ?? (when === 'before' ? 503 : 502));
  }
}
