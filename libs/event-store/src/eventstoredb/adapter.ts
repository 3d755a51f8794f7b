import type {
  Appended,
  Checkpoint,
  EventHandler,
  EventStore,
  EventStoreHealth,
  ExpectedRevision,
  NewEvent,
  ReadAllOptions,
  ReadOptions,
  RecordedEvent,
  StreamFilter,
  SubscribeOptions,
} from '../port.ts';
import { append } from './append.ts';
import { Connection } from './connection.ts';
import { withDefaults, type ConnectOptions } from './options.ts';
import { readAll, readOnce } from './read.ts';
import { subscribe } from './subscribe.ts';

/**
 * Connects to EventStoreDB, or to anything that speaks its protocol. Returns at once: the server may come up later.
 * @param url like `esdb://127.0.0.1:2113?tls=false`
 * @throws {TypeError} when `url` is no connection string.
 */
export const connectEventStore = (url: string, options: ConnectOptions = {}): EventStore =>
  new EventStoreDb(new Connection(url, withDefaults(options)));

class EventStoreDb implements EventStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    return append(this.#connection, stream, events, expected);
  }

  read(stream: string, options?: ReadOptions): AsyncIterable<RecordedEvent> {
    return readOnce(this.#connection, stream, options);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
    return readAll(this.#connection, options);
  }

  subscribe(
    filter: StreamFilter,
    after: Checkpoint | 'start',
    handler: EventHandler,
    options: SubscribeOptions,
  ): Promise<void> {
    return subscribe(this.#connection, filter, after, handler, options);
  }

  async ping(): Promise<void> {
    await this.#connection.run(
      'ping',
      '$all',
      async (client) => {
        const read = client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 });
        for await (const _ of read.on('error', () => undefined)); // To its end: see read.ts.
      },
      (failure) => {
        throw failure.kind === 'final' ? failure.error : new Error(failure.kind);
      },
    );
  }

  health(): EventStoreHealth {
    return this.#connection.health;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
