import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = createRequire(import.meta.url).resolve('@bot-core/eventstore-embedded/main');

/** An event store that can be killed and comes back on the same port with the same folder. */
export class MortalServer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'eventstore-'));
  url = '';
  httpPort = 0;
  #port = 0;
  #child: ChildProcess | undefined;

  static async start(): Promise<MortalServer> {
    const server = new MortalServer();
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = ['--port', String(this.#port), '--data', this.folder, '--http-port', '0'];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(child.stdout), 'line');
    const ready = JSON.parse(String(line)) as { port: number; url: string; httpPort: number };
    this.#child = child;
    this.#port = ready.port;
    this.url = ready.url;
    this.httpPort = ready.httpPort;
  }

  /** Freezes it (SIGSTOP) or lets it go on (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** The value of a counter or gauge that the server exposes. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A TCP proxy that can keep the server's answers to itself and cut connections. */
export class Proxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  /** While true, what the server sends is dropped. */
  swallowing = false;
  port = 0;

  constructor(url: string) {
    this.#target = Number(new URL(url.replace('esdb:', 'http:')).port);
  }

  static async start(url: string): Promise<Proxy> {
    const proxy = new Proxy(url);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.port = (proxy.#server.address() as AddressInfo).port; // A TCP server's address is never a string.
    return proxy;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Ends all connections, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => this.swallowing || client.write(data));
  }
}
