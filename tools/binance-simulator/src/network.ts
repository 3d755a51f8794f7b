import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Control } from './control/control.ts';
import { concerns, type Faults } from './faults/faults.ts';
import type { RestServer } from './rest/server.ts';
import type { MarketHub } from './streams/hub.ts';
import type { UserStreams } from './streams/user.ts';

export interface NetworkOptions {
  readonly host: string;
  readonly port: number;
  readonly controlPort?: number;
  readonly rest: RestServer;
  readonly hub: MarketHub;
  readonly user: UserStreams;
  readonly control: Control;
  readonly faults: Faults;
}

/** Binance pings every 20 s. */
const pingEveryMs = 20_000;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return { op: 'unreadable: not JSON' };
  }
};

const serveControl = (control: Control, response: ServerResponse, request: unknown): void => {
  const body = JSON.stringify(control.handle(request));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
};

/** `/ws/a@kline_1h/b@miniTicker` and `/stream?streams=a/b`; undefined for another path. */
const streamsOf = (url: string): { streams: readonly string[]; combined: boolean } | undefined => {
  const [path = '', query = ''] = url.split('?', 2);
  const named = (text: string) => text.split('/').filter((name) => name !== '');
  if (path === '/stream') return { streams: named(new URLSearchParams(query).get('streams') ?? ''), combined: true };
  if (path === '/ws' || path.startsWith('/ws/'))
    return { streams: named(decodeURIComponent(path.slice(4))), combined: false };
  return undefined;
};

const route = (options: NetworkOptions, socket: WebSocket, url: string, forControl: boolean): void => {
  const { hub, user, control } = options;
  if (url === '/control' && forControl) {
    socket.on('message', (data) => socket.send(JSON.stringify(control.handle(parseJson(String(data))))));
    return;
  }
  if (url.startsWith('/ws-api/')) return user.connect(socket);
  const wanted = streamsOf(url);
  if (wanted) hub.connect(socket, wanted.streams, wanted.combined);
  else socket.close(1008, 'simulator: /ws/<stream>, /stream?streams=, /ws-api/v3 and /control are here');
};

/** Opens the ports; one port serves all unless the control channel has its own. @throws Error when a port is taken. */
export const listen = async (options: NetworkOptions) => {
  const { rest, control, faults, host } = options;
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const pings = setInterval(() => {
    for (const socket of sockets.clients) if (!faults.peek('silence')) socket.ping();
  }, pingEveryMs);

  const open = async (port: number, forRest: boolean, forControl: boolean): Promise<Server> => {
    const handle = async (request: IncomingMessage, response: ServerResponse) => {
      const body = await bodyOf(request);
      if (forControl && request.url === '/control')
        serveControl(control, response, parseJson(body || '{"op":"state"}'));
      else if (forRest) await rest.serve(request, response, body);
      else response.writeHead(404).end();
    };
    const server = createServer((request, response) => {
      handle(request, response).catch(() => response.destroy());
    });
    server.on('upgrade', (request, socket, head) => {
      const url = request.url ?? '/';
      const kind = url.startsWith('/ws-api/') ? 'user' : 'market';
      if (url !== '/control' && faults.take('refuse-sockets', (fault) => concerns(fault, kind))) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => {
        // A client that goes away in mid-message is no concern of the exchange's.
        client.on('error', () => client.terminate());
        route(options, client, url, forControl);
      });
    });
    server.listen(port, host);
    await once(server, 'listening');
    return server;
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;

  const main = await open(options.port, true, options.controlPort === undefined);
  const extra = options.controlPort === undefined ? undefined : await open(options.controlPort, false, true);
  const close = async (): Promise<void> => {
    clearInterval(pings);
    for (const socket of sockets.clients) socket.terminate();
    const ends = [main, extra]
      .filter((server) => server !== undefined)
      .map((server) => {
        const ended = once(server, 'close');
        server.close();
        server.closeAllConnections();
        return ended;
      });
    await Promise.all(ends);
  };
  return { host, port: portOf(main), controlPort: portOf(extra ?? main), close };
};
