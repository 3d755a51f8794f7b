import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeService } from './node-service.ts';
import type { ServiceSpec } from './spec.ts';

/** The project's own services on this machine, each as `startSystem` wants it. */

type Overrides = Partial<Pick<ServiceSpec, 'name' | 'after' | 'port' | 'readyTimeoutMs'>>;

const pathOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const infrastructure = ['nats', 'eventstore', 'postgres', 'simulator'];

/** The embedded event store; gives the others EVENTSTORE_URL. */
export const eventStore = (overrides: Overrides = {}): ServiceSpec =>
  nodeService({
    name: 'eventstore',
    script: pathOf('libs/eventstore-embedded/src/main.ts'),
    args: ({ port, dataDir }) => ['--port', String(port), '--data', dataDir],
    provides: ({ url, port }) => ({ EVENTSTORE_URL: url ?? `esdb://127.0.0.1:${port}?tls=false` }),
    ...overrides,
  });

/**
 * The local exchange; gives the others its three addresses, its key and its clock.
 * @param options.args as `tools/binance-simulator/src/main.ts --help` lists them, without `--port`
 */
export const simulator = (options: { args: readonly string[] } & Overrides): ServiceSpec => {
  const { args, ...overrides } = options;
  const [apiKey, apiSecret] = ['simulator-key', 'simulator-secret'];
  return nodeService({
    name: 'simulator',
    script: pathOf('tools/binance-simulator/src/main.ts'),
    args: ({ port }) => ['--port', String(port), '--api-key', apiKey, '--api-secret', apiSecret, ...args],
    urlOf: ({ httpBase }) => String(httpBase),
    provides: ({ httpBase, wsBase, wsApi }) => ({
      BINANCE_HTTP_URL: String(httpBase),
      BINANCE_WS_URL: String(wsBase),
      BINANCE_WS_API_URL: String(wsApi),
      BINANCE_API_KEY: apiKey,
      BINANCE_API_SECRET: apiSecret,
      EXCHANGE_CLOCK: 'ask',
    }),
    ...overrides,
  });
};

/** One of `apps/`, as `npm run build` left it; `port` is its health and metrics port. Starts after the infrastructure. */
export const app = (app: string, options: { env?: Record<string, string> } & Overrides = {}): ServiceSpec => {
  const { env = {}, ...overrides } = options;
  return nodeService({
    name: app,
    script: pathOf(`apps/${app}/dist/main.js`),
    whenMissing: 'Run `npm run build` first.',
    after: infrastructure,
    exitsWithParent: true,
    env: ({ port, dataDir }) => ({
      [`${app.toUpperCase().replaceAll('-', '_')}_HTTP_PORT`]: String(port),
      ...(app === 'predictor' ? { MODEL_DIR: join(dataDir, 'models') } : {}),
      ...env,
    }),
    urlOf: (_line, port) => `http://127.0.0.1:${port}`,
    ...overrides,
  });
};
