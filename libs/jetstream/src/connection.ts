import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { BusLogger } from './logger.ts';

/** Older servers ignore `term`, `sync_interval` and several filter subjects without saying so. */
const minimumVersion = [2, 10] as const;
const reconnectMs = 250;

export type ConnectionState = 'up' | 'down';
export type StateListener = (state: ConnectionState, detail: string) => void;

/** A connection that comes back by itself, for ever, and tells its listeners. */
export interface Link {
  readonly connection: NatsConnection;
  isUp(): boolean;
  /** Resolves as soon as the connection is up, with whether that was within the time. */
  whenUp(timeoutMs: number): Promise<boolean>;
  /** @returns a function that ends the listening. */
  onState(listener: StateListener): () => void;
}

/**
 * @throws {Error} when no server answers at `url` (credentials in it are never printed) or it is older than 2.10.
 */
export const openLink = async (url: string, name: string, logger: BusLogger): Promise<Link> => {
  const { servers, credentials, shown } = parse(url);
  const connection = await connect({
    servers,
    ...credentials,
    name,
    maxReconnectAttempts: -1,
    // Else the client gives up for good when the server refuses it twice, as during a change of passwords.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: reconnectMs,
    reconnectJitter: reconnectMs / 2,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: 5_000,
    noAsyncTraces: true,
  }).catch((error: Error) => {
    throw new Error(`jetstream: no connection to ${shown}: ${error.message}. Start the server or correct NATS_URL.`, {
      cause: error,
    });
  });
  const version = connection.info?.version ?? 'unknown';
  if (!isRecentEnough(version)) {
    await connection.close();
    throw new Error(
      `jetstream: the server at ${shown} is nats-server ${version}; ${minimumVersion.join('.')} or later is needed, because older ones ignore settings silently.`,
    );
  }
  return watch(connection, shown, logger);
};

const isRecentEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > minimumVersion[0] || (major === minimumVersion[0] && minor >= minimumVersion[1]);
};

const parse = (url: string) => {
  const parsed = url.split(',').map((part) => new URL(part.includes('://') ? part : `nats://${part}`));
  const { username = '', password = '' } = parsed.find((one) => one.username !== '') ?? {};
  const user = decodeURIComponent(username);
  const servers = parsed.map((one) => `${one.protocol}//${one.host}`);
  return {
    servers,
    shown: servers.join(','),
    credentials: password ? { user, pass: decodeURIComponent(password) } : user ? { token: user } : {},
  };
};

const watch = (connection: NatsConnection, shown: string, logger: BusLogger): Link => {
  const listeners = new Set<StateListener>();
  let up = true;
  const change = (state: ConnectionState, detail: string) => {
    if (up === (state === 'up')) return;
    up = state === 'up';
    if (up) logger.info({ server: shown }, `bus: ${detail}`);
    else logger.warn({ server: shown }, `bus: ${detail}`);
    for (const listener of listeners) listener(state, detail);
  };
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') change('down', `connection to ${shown} lost, reconnecting`);
      else if (status.type === 'reconnect') change('up', `connected to ${shown} again`);
      else if (status.type === 'error')
        logger.error({ error: status.error.message }, 'bus: the server reports an error');
    }
  })();
  void connection.closed().then((error) => change('down', error ? `closed: ${error.message}` : 'closed'));
  const onState: Link['onState'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const whenUp: Link['whenUp'] = (timeoutMs) =>
    new Promise((resolve) => {
      if (up) return resolve(true);
      const settle = (result: boolean) => {
        clearTimeout(timer);
        forget();
        resolve(result);
      };
      const timer = setTimeout(settle, timeoutMs, false);
      const forget = onState((state) => state === 'up' && settle(true));
      void connection.closed().then(() => settle(false));
    });
  return { connection, isUp: () => up, whenUp, onState };
};
