import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/health/live` (200 while the process turns), `/health/ready` (503 with the state of each dependency when one
 * is not up) and `/metrics` (Prometheus text).
 * @throws {Error} naming the port when it is taken or not allowed.
 */
export const startOpsServer = async (options: {
  host: string;
  port: number;
  health: Health;
  metrics: Registry;
}): Promise<OpsServer> => {
  const { host, port, health, metrics } = options;
  const routes: Record<string, (response: ServerResponse) => void | Promise<void>> = {
    '/health/live': (response) => json(response, 200, { status: 'live' }),
    '/health/ready': (response) => {
      const snapshot = health.snapshot();
      json(response, snapshot.ready ? 200 : 503, snapshot);
    },
    '/metrics': async (response) => {
      const text = await metrics.metrics();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    },
  };

  const server = createServer((request, response) => {
    const route = routes[new URL(request.url ?? '/', 'http://ops').pathname];
    if (!route) return json(response, 404, { error: `Nothing here. There are: ${Object.keys(routes).join(', ')}` });
    if (request.method !== 'GET' && request.method !== 'HEAD') return json(response, 405, { error: 'Only GET.' });
    Promise.resolve(route(response)).catch((error: unknown) => json(response, 500, { error: String(error) }));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const explain = (error: NodeJS.ErrnoException, host: string, port: number): Error => {
  const where = `the health and metrics port ${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new Error(`${where} is taken by another process. Name another one, or 0 for any free one.`);
  }
  return new Error(`${where} cannot be opened: ${error.message}`);
};
