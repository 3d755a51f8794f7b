import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** A reader that doesn't keep up has at most about this much waiting for it in memory, besides the socket's own buffers. */
const MAX_WAITING_MESSAGES = 256;
const MAX_WAITING_BYTES = 256 * 1_024;

/** The way out to one reader. Whoever writes stops when it is {@link full} and goes on when it has {@link drained}. */
export class Outlet {
  readonly #call: ReadCall;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #mustDrain = false;
  #waitingBytes = 0;
  #onDrain: () => void = () => undefined;

  constructor(call: ReadCall) {
    this.#call = call;
    const close = (): void => {
      this.#isClosed = true;
      this.#closed.resolve();
    };
    call.once('cancelled', close);
    call.once('close', close);
    call.once('error', close);
    if (call.cancelled) close();
    call.on('drain', () => {
      this.#mustDrain = false;
      this.#onDrain();
    });
  }

  /** The reader went away, or the call has been ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get isFull(): boolean {
    if (!this.#mustDrain) return false;
    return this.#call.writableLength >= MAX_WAITING_MESSAGES || this.#waitingBytes >= MAX_WAITING_BYTES;
  }

  /** Sends one message; `bytes` is about how large it is. */
  send(response: ReadResp, bytes = 0): void {
    if (this.#isClosed) return;
    this.#waitingBytes += bytes;
    const flowing = this.#call.write(response, () => (this.#waitingBytes -= bytes));
    if (!flowing) this.#mustDrain = true;
  }

  /** Settles when everything that was waiting is on its way, or the reader has gone. */
  async drained(): Promise<void> {
    if (this.#isClosed || !this.#mustDrain) return;
    await Promise.race([new Promise<void>((resolve) => (this.#onDrain = resolve)), this.#closed.promise]);
  }

  /** Ends the call: with status OK, or with `error`. */
  end(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (error) this.#call.emit('error', error);
    else this.#call.end();
    this.#closed.resolve();
  }
}
