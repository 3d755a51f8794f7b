/**
 * The event store as a process of its own.
 *
 *   node src/main.ts --port 2113 --data .data/eventstore [--host 127.0.0.1] [--http-port 9113]
 *
 * Prints one line of JSON, `{"ready":true,"port":…}`, when it serves; stops cleanly at SIGTERM or SIGINT. Each option may
 * come from the environment instead: EVENTSTORE_PORT, EVENTSTORE_DATA, EVENTSTORE_HOST, EVENTSTORE_HTTP_PORT.
 */
import { parseArgs } from 'node:util';
import { startHealthServer } from './http.ts';
import { prometheusMetrics } from './prometheus.ts';
import { startEventStore } from './server.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: process.env['EVENTSTORE_PORT'] ?? '2113' },
      host: { type: 'string', default: process.env['EVENTSTORE_HOST'] ?? '127.0.0.1' },
      data: { type: 'string', default: process.env['EVENTSTORE_DATA'] ?? '.data/eventstore' },
      'http-port': { type: 'string', default: process.env['EVENTSTORE_HTTP_PORT'] },
    },
  });
  const { host, data } = values;
  const port = portOf('--port', values.port);
  const httpPort = values['http-port'] === undefined ? undefined : portOf('--http-port', values['http-port']);

  const metrics = prometheusMetrics();
  const onFailure = (error: Error): void => console.error(`event store: an append to ${data} failed: ${error.message}`);
  const store = await startEventStore({ port, host, dataDir: data, metrics, onFailure });
  let isReady = true;
  const health =
    httpPort === undefined
      ? undefined
      : await startHealthServer({ host, port: httpPort, isReady: () => isReady, metrics: metrics.text });

  const stop = async (): Promise<void> => {
    if (!isReady) return;
    isReady = false;
    await store.close();
    await health?.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  console.log(JSON.stringify({ ready: true, port: store.port, url: store.url, data, httpPort: health?.port }));
}

function portOf(option: string, value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`event store: ${option} must be a port number from 0 (any free one) to 65535, not '${value}'.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
