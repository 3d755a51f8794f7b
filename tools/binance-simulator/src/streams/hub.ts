import type { WebSocket } from 'ws';
import { concerns, type Faults } from '../faults/faults.ts';

interface Client {
  readonly socket: WebSocket;
  /** Combined streams wrap each message with its stream's name. */
  readonly combined: boolean;
  readonly streams: Set<string>;
}

/** A client that lets this much pile up is disconnected, as Binance does with slow readers. */
const maxBacklogBytes = 16 * 1024 * 1024;

/** Market stream connections and what each of them follows. */
export class MarketHub {
  readonly #faults: Faults;
  readonly #clients = new Map<WebSocket, Client>();
  readonly #followers = new Map<string, Set<Client>>();
  #intervals = new Map<string, readonly string[]>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  connect(socket: WebSocket, streams: readonly string[], combined: boolean): void {
    const client: Client = { socket, combined, streams: new Set() };
    this.#clients.set(socket, client);
    for (const stream of streams) this.#follow(client, stream);
    socket.on('message', (data) => this.#request(client, String(data)));
    socket.on('close', () => {
      for (const stream of client.streams) this.#unfollow(client, stream);
      this.#clients.delete(socket);
    });
  }

  has(stream: string): boolean {
    return this.#followers.has(stream);
  }

  /** The kline intervals that somebody follows for a symbol (lower case). */
  klineIntervals(symbol: string): readonly string[] {
    let found = this.#intervals.get(symbol);
    if (!found) {
      const prefix = `${symbol}@kline_`;
      found = [...this.#followers.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
      this.#intervals.set(symbol, found);
    }
    return found;
  }

  send(stream: string, message: unknown): void {
    const followers = this.#followers.get(stream);
    if (!followers || this.#faults.take('silence', (fault) => concerns(fault, 'market'))) return;
    const plain = JSON.stringify(message);
    const late = this.#faults.take('stream-latency', (fault) => concerns(fault, 'market'));
    for (const client of followers) {
      const text = client.combined ? `{"stream":"${stream}","data":${plain}}` : plain;
      if (client.socket.bufferedAmount > maxBacklogBytes) client.socket.terminate();
      else if (late) setTimeout(() => client.socket.send(text), late.ms);
      else client.socket.send(text);
    }
  }

  get sockets(): readonly WebSocket[] {
    return [...this.#clients.keys()];
  }

  get streamCount(): number {
    return this.#followers.size;
  }

  #follow(client: Client, stream: string): void {
    client.streams.add(stream);
    const followers = this.#followers.get(stream) ?? new Set();
    followers.add(client);
    this.#followers.set(stream, followers);
    this.#intervals = new Map();
  }

  #unfollow(client: Client, stream: string): void {
    client.streams.delete(stream);
    const followers = this.#followers.get(stream);
    followers?.delete(client);
    if (followers?.size === 0) this.#followers.delete(stream);
    this.#intervals = new Map();
  }

  /** SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS on a live connection. */
  #request(client: Client, text: string): void {
    const request = parseRequest(text);
    if (!request) {
      client.socket.send(
        JSON.stringify({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } }),
      );
      return;
    }
    const { id, method, params } = request;
    if (method === 'SUBSCRIBE') for (const stream of params) this.#follow(client, stream);
    else if (method === 'UNSUBSCRIBE') for (const stream of params) this.#unfollow(client, stream);
    else if (method !== 'LIST_SUBSCRIPTIONS') {
      const msg = `Invalid request: unknown variant \`${method}\``;
      client.socket.send(JSON.stringify({ error: { code: 2, msg }, id }));
      return;
    }
    const result = method === 'LIST_SUBSCRIPTIONS' ? [...client.streams] : null;
    client.socket.send(JSON.stringify({ result, id }));
  }
}

const parseRequest = (text: string): { id: unknown; method: string; params: readonly string[] } | undefined => {
  try {
    const { id = null, method = '', params = [] } = JSON.parse(text);
    return { id, method: String(method), params: Array.isArray(params) ? params.map(String) : [] };
  } catch {
    return undefined;
  }
};
