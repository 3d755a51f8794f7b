import type { WebSocket } from 'ws';
import { BinanceError, errors } from '../errors.ts';
import { concerns, type Faults } from '../faults/faults.ts';
import type { ExchangeEvent } from '../matching/types.ts';
import type { Credentials } from '../rest/auth.ts';
import { checkKey, checkTimestamp, hmac } from '../rest/auth.ts';
import { Params } from '../rest/params.ts';
import type { SimulatedClock } from '../clock/clock.ts';
import { reportOf } from './reports.ts';

interface Request {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Connections to the WebSocket API and those of them that follow the account. */
export class UserStreams {
  readonly #credentials: Credentials;
  readonly #clock: SimulatedClock;
  readonly #faults: Faults;
  readonly #sockets = new Set<WebSocket>();
  readonly #subscriptions = new Map<WebSocket, number>();
  #nextSubscription = 0;
  #reports = 0;

  constructor(credentials: Credentials, clock: SimulatedClock, faults: Faults) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#faults = faults;
  }

  connect(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('message', (data) => socket.send(JSON.stringify(this.#answer(socket, String(data)))));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#subscriptions.delete(socket);
    });
  }

  get sockets(): readonly WebSocket[] {
    return [...this.#sockets];
  }

  get subscribers(): number {
    return this.#subscriptions.size;
  }

  /** Tells every subscriber what happened, in order, unless a fault says otherwise. */
  publish(events: readonly ExchangeEvent[]): void {
    const reports: Readonly<Record<string, unknown>>[] = [];
    for (const event of events) {
      if (event.type === 'execution') this.#reports += 1;
      if (this.#subscriptions.size === 0) continue;
      if (this.#faults.take('lost-reports')) continue;
      const report = reportOf(event, this.#reports);
      reports.push(report);
      if (this.#faults.take('duplicate-reports')) reports.push(report);
    }
    if (reports.length === 0) return;
    if (this.#faults.take('silence', (fault) => concerns(fault, 'user'))) return;
    if (reports.length > 1 && this.#faults.take('reordered-reports')) reports.reverse();
    const late = this.#faults.take('stream-latency', (fault) => concerns(fault, 'user'));
    for (const [socket, subscriptionId] of this.#subscriptions) {
      const texts = reports.map((event) => JSON.stringify({ subscriptionId, event }));
      const send = () => texts.forEach((text) => socket.send(text));
      if (late) setTimeout(send, late.ms);
      else send();
    }
  }

  #answer(socket: WebSocket, text: string): object {
    let id: unknown = null;
    try {
      const request = parseRequest(text);
      id = request.id;
      return { id, status: 200, result: this.#handle(socket, request), rateLimits: [] };
    } catch (error) {
      const known = error instanceof BinanceError ? error : errors.unknown();
      return { id, status: known.status, error: { code: known.code, msg: known.message }, rateLimits: [] };
    }
  }

  #handle(socket: WebSocket, { method, params }: Request): object {
    switch (method) {
      case 'ping':
        return {};
      case 'time':
        return { serverTime: this.#clock.serverTime() };
      case 'userDataStream.subscribe.signature':
        return this.#subscribe(socket, params);
      case 'userDataStream.unsubscribe':
        this.#subscriptions.delete(socket);
        return {};
      default:
        throw errors.unsupported();
    }
  }

  #subscribe(socket: WebSocket, given: Request['params']): object {
    const { signature, ...signed } = given;
    const sorted = Object.entries(signed).sort(([a], [b]) => (a < b ? -1 : 1));
    const params = new Params(
      new URLSearchParams(sorted.map(([name, value]): [string, string] => [name, String(value)])),
    );
    checkKey(this.#credentials, params.required('apiKey'));
    const payload = sorted.map(([name, value]) => `${name}=${String(value)}`).join('&');
    checkTimestamp(params, this.#clock.serverTime());
    if (signature !== hmac(this.#credentials.apiSecret, payload)) throw errors.badSignature();
    const subscriptionId = this.#nextSubscription++;
    this.#subscriptions.set(socket, subscriptionId);
    return { subscriptionId };
  }
}

const parseRequest = (text: string): Request => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new BinanceError(-1135, 'Invalid JSON Request');
  }
  const { id = null, method = '', params = {} } = Object(parsed);
  return { id, method: String(method), params: Object(params) };
};
