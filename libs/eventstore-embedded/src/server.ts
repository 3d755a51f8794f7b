import { Server, ServerCredentials } from '@grpc/grpc-js';
import { append } from './grpc/append.ts';
import { batchAppend } from './grpc/batch-append.ts';
import { softDelete, tombstone } from './grpc/delete.ts';
import { grpcError } from './grpc/errors.ts';
import { getSupportedMethods, readGossip, unimplemented } from './grpc/node-info.ts';
import {
  GossipService,
  PersistentSubscriptionsService,
  ProjectionsService,
  ServerFeaturesService,
  StreamsService,
} from './grpc/protocol.ts';
import { read } from './grpc/read.ts';
import type { Subscription } from './grpc/subscription.ts';
import { noMetrics, type Metrics } from './metrics.ts';
import { EventLog } from './store/event-log.ts';
import { Writer } from './store/writer.ts';

export interface EventStoreOptions {
  /** TCP port; 0, the default, takes a free one. */
  port?: number;
  /** Address to listen on, by default 127.0.0.1: the server has no authentication. */
  host?: string;
  /** Folder of the log, made if it isn't there; by default `':memory:'`, which is gone with the server. */
  dataDir?: string;
  metrics?: Metrics;
  /** Is told of writes that failed (a full disk, say). The client doesn't pass the reason on; by default nobody does. */
  onFailure?: (error: Error) => void;
  /** Unix milliseconds, for the `created` of events and for `$maxAge`. */
  now?: () => number;
}

export interface RunningEventStore {
  /** What to give to a client: `esdb://host:port?tls=false`. */
  url: string;
  port: number;
  /** Ends all calls with UNAVAILABLE, after what was already sent is written, and closes the log. */
  close(): Promise<void>;
}

/** The server can't listen where it was told to. */
export class ListenError extends Error {
  readonly code = 'cannot-listen';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ListenError';
  }
}

/** The client reads messages of up to 17 MiB and sends batches of about 3. */
const MAX_MESSAGE_BYTES = 17 * 1_024 * 1_024;
const CLOSE_GRACE_MS = 1_000;

/**
 * Starts a single-node event store that speaks EventStoreDB's gRPC protocol.
 * @throws {DataFolderError} when the folder can't be used.
 * @throws {ListenError} when the port is taken or the address isn't this machine's.
 */
export async function startEventStore(options: EventStoreOptions = {}): Promise<RunningEventStore> {
  const { host = '127.0.0.1', dataDir = ':memory:', metrics = noMetrics, onFailure = () => undefined } = options;
  const log = new EventLog(dataDir, options.now);
  const subscriptions = new Set<Subscription>();
  const open = new Set<LongCall>();
  const writer = new Writer(
    log,
    (events) => {
      for (const subscription of subscriptions) subscription.onCommitted(events);
    },
    onFailure,
  );
  const context = { log, writer, metrics, subscriptions };

  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
  let port = 0;
  const advertised = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  server.addService(StreamsService, {
    read: tracked(read(context)),
    append: append(context),
    batchAppend: tracked(batchAppend(context)),
    delete: softDelete(context),
    tombstone: tombstone(context),
  });
  server.addService(ServerFeaturesService, { getSupportedMethods });
  server.addService(GossipService, { read: readGossip(advertised, () => port) });
  server.addService(
    PersistentSubscriptionsService,
    unimplemented(PersistentSubscriptionsService, 'persistent subscriptions'),
  );
  server.addService(ProjectionsService, unimplemented(ProjectionsService, 'projections'));

  try {
    port = await bind(server, host, options.port ?? 0);
  } catch (error) {
    log.close();
    throw error;
  }
  return { url: `esdb://${advertised}:${port}?tls=false`, port, close };

  /** Calls that stay open for as long as the client likes. */
  function tracked<C extends LongCall>(handler: (call: C) => void): (call: C) => void {
    return (call) => {
      open.add(call);
      const forget = (): void => void open.delete(call);
      call.once('close', forget);
      call.once('cancelled', forget);
      handler(call);
    };
  }

  async function close(): Promise<void> {
    writer.flush();
    for (const call of open) call.emit('error', grpcError(14, 'The event store is shutting down.'));
    const shutdown = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const force = setTimeout(() => server.forceShutdown(), CLOSE_GRACE_MS);
    await shutdown;
    clearTimeout(force);
    writer.flush();
    log.close();
  }
}

interface LongCall {
  once(event: 'close' | 'cancelled', listener: () => void): unknown;
  emit(event: 'error', error: Error): unknown;
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, ServerCredentials.createInsecure(), (cause, bound) => {
      if (!cause) return resolve(bound);
      const message = `event store: can't listen on ${address}: ${cause.message}. Is another process using the port? Name another with --port.`;
      reject(new ListenError(message, { cause }));
    });
  });
}
