import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { serviceSettings } from './common.ts';
import { exitWithParent } from './exit-with-parent.ts';
import { Health } from './health.ts';
import { createLogger, type Logger } from './logger.ts';
import { startOpsServer } from './ops-server.ts';
import { type Config, ConfigurationError, readSettings, secretsOf, type Settings } from './settings.ts';

/** What a service gets to start with. */
export interface ServiceContext<S extends Settings = Settings> {
  readonly config: Config<S>;
  readonly logger: Logger;
  /** Say here how each dependency fares; `/health/ready` answers with it. */
  readonly health: Health;
  /** Register metrics here; `/metrics` serves them with the process's own. */
  readonly metrics: Registry;
  /** Aborted as soon as the service is told to stop, also while it is still starting. */
  readonly signal: AbortSignal;
}

export interface RunningService {
  /** Stops in order: take no more work, finish what was begun, close the connections. */
  close(): Promise<void>;
}

export interface ServiceDefinition<S extends Settings> {
  /** In lower case, as in `apps/<name>`. */
  readonly name: string;
  readonly settings: S;
  start(context: ServiceContext<S>): Promise<RunningService>;
}

/**
 * Runs a service as this process's only purpose, from parsed configuration to exit code, and owns the signals
 * (so a Nest application in it must not `enableShutdownHooks()`; `close` closes it).
 *
 * Prints one line to stdout when `start` resolved: `{"ready":true,"service":"ingest","port":40001}` (the ops port).
 * Exits 0 after SIGTERM or SIGINT and an orderly close; 1 with one clear message when the configuration is wrong, the
 * start or the close fails, closing takes longer than SHUTDOWN_TIMEOUT_MS, a signal comes twice, or a rejection or
 * exception was handled by nobody.
 */
export const runService = async <const S extends Settings>(definition: ServiceDefinition<S>): Promise<void> => {
  const { name } = definition;
  const own = serviceSettings(name);
  const { config, service } = readConfiguration(definition, own);
  const logger = createLogger({
    name,
    level: service.logLevel,
    pretty: service.logPretty ?? process.stderr.isTTY === true,
    secrets: secretsOf(definition.settings),
  });
  const die = (message: string, error: unknown): never => {
    logger.fatal({ err: asError(error) }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => die('a rejection was handled by nobody; exiting', error));
  process.on('uncaughtException', (error) => die('an exception was caught by nobody; exiting', error));

  const stopping = stopRequests(service.exitWithParent, logger);
  const health = new Health();
  health.set(name, 'starting');
  const metrics = serviceMetrics(name, health);
  const ops = await startOpsServer({ host: service.httpHost, port: service.httpPort, health, metrics }).catch(
    (error: unknown) => die(`${name} did not start: ${asError(error).message} (${own.httpPort.env})`, error),
  );

  const context: ServiceContext<S> = { config, logger, health, metrics, signal: stopping };
  const starting = definition.start(context).catch((error: unknown) => {
    if (stopping.aborted) return undefined;
    return die(`${name} did not start: ${asError(error).message}`, error);
  });
  starting.then(
    (running) => {
      if (!running || stopping.aborted) return;
      health.set(name, 'up');
      process.stdout.write(`${JSON.stringify({ ready: true, service: name, port: ops.port })}\n`);
      logger.info({ port: ops.port }, 'ready');
    },
    die.bind(undefined, `${name} did not start`),
  );

  await aborted(stopping);
  health.set(name, 'down', 'stopping');
  const deadline = setTimeout(
    () =>
      die(`${name} was still closing after ${service.shutdownTimeoutMs} ms (SHUTDOWN_TIMEOUT_MS); exiting`, undefined),
    service.shutdownTimeoutMs,
  );
  await starting
    .then((running) => running?.close())
    .catch((error: unknown) => die(`${name} did not close in order`, error));
  await ops.close();
  clearTimeout(deadline);
  logger.info('stopped');
  process.exit(0);
};

const readConfiguration = <S extends Settings>(
  definition: ServiceDefinition<S>,
  own: ReturnType<typeof serviceSettings>,
) => {
  const service = readSettings(own);
  const given = readSettings(definition.settings);
  const faults = [...given.faults, ...service.faults];
  if (faults.length > 0) {
    process.stderr.write(`${definition.name} did not start: ${new ConfigurationError(faults).message}\n`);
    process.exit(1);
  }
  return { config: given.config, service: service.config };
};

/** Aborted by the first SIGTERM or SIGINT (or by the runner's end); the second one ends the process at once. */
const stopRequests = (withParent: boolean, logger: Logger): AbortSignal => {
  const controller = new AbortController();
  const stop = (why: string) => {
    if (controller.signal.aborted) {
      logger.fatal(`${why} again while closing; exiting at once`);
      process.exit(1);
    }
    logger.info(`stopping: ${why}`);
    controller.abort();
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (withParent) {
    exitWithParent(() => {
      if (!controller.signal.aborted) stop('the runner is gone');
    });
  }
  return controller.signal;
};

const serviceMetrics = (name: string, health: Health): Registry => {
  const metrics = new Registry();
  metrics.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: metrics });
  new Gauge({
    name: 'dependency_up',
    help: '1 while the dependency is up, else 0',
    labelNames: ['dependency'],
    registers: [metrics],
    collect() {
      for (const [dependency, { state }] of Object.entries(health.snapshot().dependencies)) {
        this.set({ dependency }, state === 'up' ? 1 : 0);
      }
    },
  });
  return metrics;
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
