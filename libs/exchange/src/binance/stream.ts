import { Backoff } from './backoff.ts';

/** One connection: resolves `closed` with the reason when it is over, for whatever cause. */
export interface Connection {
  readonly closed: Promise<string>;
  close(): void;
}

export interface StreamHandlers {
  onConnected(): void;
  onDisconnected(reason: string): void;
}

/** A connection that ends sooner counts as a failed try: Binance bans who connects more than 300 times in 5 minutes. */
const steadyMs = 5_000;

/**
 * Keeps one connection up for ever: opens it, waits for its end, opens it again with a growing pause. `open` resolves when the
 * stream is really in force (subscribed), and rejects when it cannot be.
 */
export class KeptStream {
  readonly #backoff = new Backoff();
  readonly #running: Promise<void>;
  #connection: Connection | undefined;
  #opening = false;
  #closing = false;

  constructor(open: () => Promise<Connection>, handlers: StreamHandlers) {
    this.#running = this.#keep(open, handlers);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#connection?.close();
    this.#backoff.cut();
    // One that is still being opened is closed as soon as it is, which its own deadline bounds.
    if (!this.#opening) await this.#running;
  }

  async #keep(open: () => Promise<Connection>, handlers: StreamHandlers): Promise<void> {
    while (!this.#closing) {
      let reason: string;
      try {
        this.#opening = true;
        const connection = await open().finally(() => {
          this.#opening = false;
        });
        this.#connection = connection;
        if (this.#closing) connection.close();
        else handlers.onConnected();
        const connectedAt = performance.now();
        reason = await connection.closed;
        if (performance.now() - connectedAt > steadyMs) this.#backoff.reset();
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      this.#connection = undefined;
      if (this.#closing) return;
      handlers.onDisconnected(reason);
      await this.#backoff.wait();
    }
  }
}
