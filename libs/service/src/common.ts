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
