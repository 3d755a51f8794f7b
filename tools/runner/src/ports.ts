import { createServer } from 'node:net';

/**
 * Below the range that systems take outgoing ports from: while a service restarts, a client that knocks at a port of that
 * range can be given that very port and connect to itself, and the service then finds its port taken.
 */
const lowest = 20_000;
const highest = 32_000;

const given = new Set<number>();

/** True when a server could listen there now. */
export const isFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A free port on this machine that this process has not given out before. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port)) continue;
    if (await isFree(port)) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`runner: no free port between ${lowest} and ${highest}. Stop what holds them.`);
};
