import { z } from 'zod';
import { setting } from './settings.ts';
import { flag, port, url, wholeNumber } from './values.ts';

/** Settings that more than one service reads. Pick what a service needs: `{ natsUrl: commonSettings.natsUrl, … }`. */
export const commonSettings = {
  natsUrl: setting('NATS_URL', 'The message bus.', url('nats', 'tls', 'ws', 'wss'), {
    default: 'nats://127.0.0.1:4222',
  }),
  eventStoreUrl: setting('EVENTSTORE_URL', 'The ledger.', url('esdb', 'esdb+discover', 'kurrentdb'), {
    default: 'esdb://127.0.0.1:2113?tls=false',
  }),
  databaseUrl: setting('DATABASE_URL', 'The PostgreSQL database of the read models.', url('postgres', 'postgresql'), {
    secret: true,
  }),
  botId: setting(
    'BOT_ID',
    "The bot's name: part of its ledger streams and of every id derived for it. Never change it for a running bot.",
    z.string().regex(/^[a-z0-9][a-z0-9_]{0,31}$/, {
      error: 'expected up to 32 lower-case letters, digits and underscores, the first not an underscore',
    }),
    { default: 'main' },
  ),
};

/** How the services that talk to the exchange reach it. */
export const exchangeSettings = {
  httpBase: setting(
    'BINANCE_HTTP_URL',
    "The exchange's REST address; unset: Binance itself.",
    url('http', 'https').optional(),
  ),
  wsBase: setting(
    'BINANCE_WS_URL',
    "The exchange's market streams, up to `/ws`; unset: Binance itself.",
    url('ws', 'wss').optional(),
  ),
  wsApi: setting(
    'BINANCE_WS_API_URL',
    "The exchange's WebSocket API; unset: Binance itself.",
    url('ws', 'wss').optional(),
  ),
  apiKey: setting('BINANCE_API_KEY', 'The API key. Reading market data needs none.', z.string(), {
    default: '',
    secret: true,
  }),
  apiSecret: setting('BINANCE_API_SECRET', 'The secret of the API key.', z.string(), { default: '', secret: true }),
  clock: setting(
    'EXCHANGE_CLOCK',
    "Where the exchange's time comes from. offset: this machine's clock, corrected by a measured difference; ask: asked each time, for a simulated clock that jumps.",
    z.enum(['offset', 'ask']),
    { default: 'offset' },
  ),
  recvWindowMs: setting(
    'BINANCE_RECV_WINDOW_MS',
    'How old a signed request may be when the exchange gets it, in milliseconds. A lost order is asked for after this before it may be sent again.',
    wholeNumber({ min: 1, max: 60_000 }),
    { default: '5000' },
  ),
};

/** What `runService` itself reads for a service, whatever the service's own settings are. */
export const serviceSettings = (name: string) => ({
  httpPort: setting(
    `${name.toUpperCase().replaceAll('-', '_')}_HTTP_PORT`,
    `The port of /health/live, /health/ready and /metrics of ${name}; 0 takes a free one and the readiness line names it.`,
    port(),
    { default: '0' },
  ),
  httpHost: setting('OPS_HOST', 'The address that the health and metrics ports listen on.', z.string(), {
    default: '127.0.0.1',
  }),
  logLevel: setting(
    'LOG_LEVEL',
    'How much is logged to stderr: trace, debug, info, warn, error, fatal or silent.',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    { default: 'info' },
  ),
  logPretty: setting(
    'LOG_PRETTY',
    'Whether log lines are written for people instead of as JSON. Unset: where stderr is a terminal.',
    flag().optional(),
  ),
  shutdownTimeoutMs: setting(
    'SHUTDOWN_TIMEOUT_MS',
    'How long a service may take to finish what it began when it is told to stop, in milliseconds.',
    wholeNumber({ min: 1 }),
    { default: '10000' },
  ),
  exitWithParent: setting(
    'EXIT_WITH_PARENT',
    'Whether a service stops when its standard input closes, so that nothing outlives the local runner.',
    flag(),
    { default: 'false' },
  ),
});
