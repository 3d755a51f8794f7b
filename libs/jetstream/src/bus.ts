import { encodeMessage, type Message, type MessageDefinition, type RpcDefinition } from '@bot-core/events';
import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type Link, openLink, type StateListener } from './connection.ts';
import { history, type HistoryOptions, last, type StoredMessage } from './history.ts';
import { type BusLogger, silent } from './logger.ts';
import {
  defaultPublishLimits,
  headersOf,
  type Published,
  publishMessage,
  type PublishLimits,
  type Storable,
  store,
} from './publish.ts';
import { ask, type RequestOptions } from './request.ts';

export interface BusOptions {
  /** `nats://[user:password@|token@]host:port`, several separated by commas. */
  readonly url: string;
  /** The service's name; the server shows it beside the connection. */
  readonly name: string;
  readonly logger?: BusLogger;
  readonly onState?: StateListener;
  readonly publish?: Partial<PublishLimits>;
}

/** One connection to the message bus. It reconnects for ever by itself. */
export interface Bus {
  /**
   * Stores a message, with its id as dedupe id, and waits until the server has acknowledged it. An attempt that is not
   * heard of is repeated under the same id until 30 s have passed.
   * @throws {PublishFailed} @throws {z.ZodError} when the data breaks its schema.
   */
  publish<Data>(message: Message<Data>): Promise<Published>;
  /** Tells whoever listens now. Not stored, not acknowledged; lost while the bus is down. */
  notify<Data>(message: Message<Data>): void;
  /** Asks a service. @throws {RpcFailure} */
  request<Request, Response>(
    definition: RpcDefinition<Request, Response>,
    request: Request,
    options?: RequestOptions,
  ): Promise<Response>;
  /** A stream's messages in order, up to its end as of the call. */
  history<Data>(options: HistoryOptions<Data>): AsyncIterable<StoredMessage<Data>>;
  /** The newest message of a subject; undefined where there is none. @throws {UndecodableMessage} */
  last<Data>(
    stream: string,
    subject: string,
    definition: MessageDefinition<Data>,
  ): Promise<StoredMessage<Data> | undefined>;
  /** Waits for what is being published, sends what is buffered, and closes. Stop what uses the bus first. */
  close(): Promise<void>;
  /** For the tools and the strategy. */
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly js: JetStreamClient;
  readonly jetStreamManager: JetStreamManager;
  /** Stores bytes as they are: for dead letters. @throws {PublishFailed} */
  store(message: Storable): Promise<Published>;
}

const flushMs = 2_000;

/** @throws {Error} when there is no server at `url`, it is older than 2.10, or it has no JetStream. */
export const connectBus = async ({ url, name, logger = silent, onState, publish }: BusOptions): Promise<Bus> => {
  const link = await openLink(url, name, logger);
  const { connection } = link;
  const manager = await jetstreamManager(connection).catch(async (error: Error) => {
    await connection.close();
    throw new Error(`jetstream: the server has no JetStream for us: ${error.message}. Start it with -js.`, {
      cause: error,
    });
  });
  const js = jetstream(connection);
  const limits = { ...defaultPublishLimits, ...publish };
  const publishing = new Set<Promise<unknown>>();
  const tracked = <Result>(work: Promise<Result>): Promise<Result> => {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    publishing.add(settled);
    void settled.then(() => publishing.delete(settled));
    return work;
  };
  if (onState) link.onState(onState);
  onState?.('up', `connected to ${connection.getServer()}`);
  return {
    connection,
    link,
    js,
    jetStreamManager: manager,
    publish: async (message) => tracked(publishMessage(link, js, message, limits)),
    store: (message) => tracked(store(link, js, message, limits)),
    notify: (message) => {
      const { headers, payload } = encodeMessage(message);
      if (link.isUp()) connection.publish(message.subject, payload, { headers: headersOf(headers) });
    },
    request: (definition, request, options) => ask(link, definition, request, options),
    history: (options) => history(js, manager, options, logger),
    last: (stream, subject, definition) => last(manager, stream, subject, definition),
    close: async () => {
      if (link.isUp()) await Promise.all(publishing);
      if (link.isUp() && !connection.isClosed()) await within(flushMs, connection.flush());
      await connection.close();
    },
  };
};

/** Resolves when `work` has settled or the time is over. */
export const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
};
