import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Serves `/health/live`, `/health/ready` (503 until `isReady`) and `/metrics` over plain HTTP.
 * @param metrics what `/metrics` answers, in Prometheus' text format.
 */
export function startHealthServer(options: {
  host: string;
  port: number;
  isReady: () => boolean;
  metrics: () => Promise<string>;
}): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void =>
      void response.writeHead(status, { 'content-type': type }).end(body);
    const json = (status: number, body: object): void => answer(status, 'application/json', JSON.stringify(body));
    switch (request.url?.split('?')[0]) {
      case '/health/live':
        return json(200, { status: 'up' });
      case '/health/ready':
        return options.isReady() ? json(200, { status: 'up' }) : json(503, { status: 'down' });
      case '/metrics':
        options.metrics().then(
          (text) => answer(200, 'text/plain; version=0.0.4; charset=utf-8', text),
          (error: unknown) => json(500, { error: String(error) }),
        );
        return;
      default:
        return json(404, { error: 'Not found. There are /health/live, /health/ready and /metrics.' });
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `event store: can't serve health and metrics on ${options.host}:${options.port}: ${cause.message}. Name another port with --http-port.`;
      reject(new Error(message, { cause }));
    });
    server.listen(options.port, options.host, () => {
      const { port } = server.address() as AddressInfo; // A TCP server's address is never a string.
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ port, close });
    });
  });
}
