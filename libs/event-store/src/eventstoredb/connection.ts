import { EventStoreDBClient } from '@eventstore/db-client';
import { Backoff } from '../backoff.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { EventStoreHealth } from '../port.ts';
import type { Settings } from './options.ts';
import { classify, type Failure } from './translate.ts';

/**
 * The connection that appends with `BatchAppend`, the faster way. The client keeps what waits for an answer there in one
 * table for the whole process: the end of one connection's stream empties it, and an answer on another's then throws where
 * nobody can catch it. So only one connection at a time may use it; others append call by call.
 */
let batching: symbol | undefined;

/** Reconnects counted over the process; see {@link Connection.#open}. */
let opened = 0;

/** Holds a client, replaces it when it fails, and knows how the server is. */
export class Connection {
  readonly settings: Settings;
  readonly #url: string;
  #client: EventStoreDBClient;
  #replaced: Promise<void> = Promise.resolve();
  #health: EventStoreHealth = { status: 'connecting', since: new Date() };
  readonly #closing = new AbortController();
  readonly #token = Symbol('connection');

  /** @throws {TypeError} when `url` is no connection string. */
  constructor(url: string, settings: Settings) {
    this.#url = url;
    this.settings = settings;
    batching ??= this.#token;
    this.#client = this.#open();
  }

  /** Is aborted when the connection is closed for good. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get health(): EventStoreHealth {
    return this.#health;
  }

  /** The client to use now. @throws {EventStoreUnavailable} after {@link close}. */
  async client(what: string): Promise<EventStoreDBClient> {
    await this.#replaced;
    if (this.closing.aborted) throw new EventStoreUnavailable(what, 'the connection was closed');
    return this.#client;
  }

  /** Something was answered. */
  worked(): void {
    if (this.#health.status !== 'up') this.#become({ status: 'up', since: new Date() });
  }

  /** A call on `client` got no answer: the next calls use a new one. */
  failed(client: EventStoreDBClient | undefined, error: Error): void {
    if (this.closing.aborted) return;
    if (this.#health.status !== 'reconnecting') {
      this.#become({ status: 'reconnecting', since: new Date(), error: error.message });
    }
    if (client !== this.#client) return;
    const old = this.#client;
    this.#client = this.#open();
    // The new one is used only when the old one's calls have ended: they would take the new one's answers with them.
    this.#replaced = dispose(old);
  }

  /**
   * Runs `call` until it is answered, at most `attempts` times.
   * @param onFailure turns an answer that is a failure into a result, or throws.
   * `isRetry`: an earlier try had no answer, and may have been done.
   */
  async run<T>(
    what: string,
    stream: string,
    call: (client: EventStoreDBClient, isRetry: boolean) => Promise<T>,
    onFailure: (failure: Exclude<Failure, { kind: 'transient' }>, isRetry: boolean) => Promise<T> | T,
  ): Promise<T> {
    const backoff = new Backoff(this.settings.backoff);
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.client(what);
      let failure: Failure;
      try {
        const result = await this.#withDeadline(what, call(client, attempt > 1));
        this.worked();
        return result;
      } catch (error) {
        failure = classify(error, what, stream);
      }
      if (failure.kind !== 'transient') {
        this.worked();
        return onFailure(failure, attempt > 1);
      }
      this.failed(client, failure.error);
      if (attempt >= this.settings.attempts || this.closing.aborted) throw failure.error;
      await backoff.pause(this.closing);
    }
  }

  async close(): Promise<void> {
    if (this.closing.aborted) return;
    this.#closing.abort();
    await this.#replaced;
    await dispose(this.#client);
    if (batching === this.#token) batching = undefined;
    this.#become({ status: 'closed', since: new Date() });
  }

  /** The client's batch appends have no deadline on this side: a server that hangs would hold the caller for ever. */
  async #withDeadline<T>(what: string, call: Promise<T>): Promise<T> {
    const { deadlineMs } = this.settings;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      // A little after the server's own deadline, so that its answer wins where there is one.
      timer = setTimeout(
        () => reject(new EventStoreUnavailable(what, `no answer within ${deadlineMs} ms`)),
        deadlineMs + 250,
      );
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #open(): EventStoreDBClient {
    // grpc-js shares connections between channels with equal options, and with them the growing pause before the next try.
    // An option that differs each time gives each new client a connection of its own, which tries at once.
    const keepAliveInterval = 10_000 + (opened++ % 10_000);
    const separator = this.#url.includes('?') ? '&' : '?';
    let client: EventStoreDBClient;
    try {
      client = EventStoreDBClient.connectionString(`${this.#url}${separator}keepAliveInterval=${keepAliveInterval}`);
    } catch {
      // The client's message repeats the URL, which may carry a password.
      throw new TypeError(
        'event store: EVENTSTORE_URL is no connection string like esdb://user:password@host:2113?tls=true',
      );
    }
    if (batching !== this.#token) Reflect.set(client, 'supports', async () => false);
    return client;
  }

  #become(health: EventStoreHealth): void {
    this.#health = health;
    this.settings.onHealth?.(health);
  }
}

const DISPOSE_MS = 500;

/** Ends a client's calls. It waits for streams that nobody reads to their end, which never comes: so not for long. */
async function dispose(client: EventStoreDBClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, DISPOSE_MS)));
  await Promise.race([client.dispose().catch(() => undefined), enough]);
  clearTimeout(timer);
}
