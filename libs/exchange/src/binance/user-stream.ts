import { createHmac } from 'node:crypto';
import type { UnixMs } from '@bot-core/events';
import type { OrderReport, Subscription, Trading } from '../port.ts';
import { parseExact, type Row, rowOf, timeIn } from './fields.ts';
import type { ExchangeLogger } from './logger.ts';
import { reportOf, type UnvaluedReport } from './shapes.ts';
import { type Connection, KeptStream } from './stream.ts';
import type { Symbols } from './symbols.ts';
import { valueFee } from './fees.ts';

type Handlers = Parameters<Trading['followOrders']>[0];

export interface UserStreamOptions {
  /** The WebSocket API. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly recvWindowMs: number;
  /** For the connection to open and for each request's answer. Milliseconds. */
  readonly deadlineMs: number;
  /** Between two questions whether the other side is still there. Milliseconds. */
  readonly pingEveryMs: number;
  readonly symbols: Symbols;
  readonly logger: ExchangeLogger;
  /** Told how to ask for the exchange's time over this socket while it is open: cheaper than a REST call. */
  readonly onTimeSource: (ask: (() => Promise<UnixMs>) | undefined) => void;
}

/**
 * The user-data stream over the WebSocket API, on Node's own WebSocket. Not the library's `ws.user()`: after a lost socket that
 * one subscribes again with a stale timestamp, swallows the answer, and one that fails can never be stopped.
 */
export const followOrders = (handlers: Handlers, options: UserStreamOptions): Subscription => {
  const reports = new ReportQueue(options.symbols, options.logger, (report) => handlers.onReport(report));
  return new KeptStream(() => openUserStream((row) => reports.take(row), options), handlers);
};

const openUserStream = async (onEvent: (row: Row) => void, options: UserStreamOptions): Promise<Connection> => {
  const session = new Session(onEvent, options);
  try {
    await session.opened;
    const askTime = async () => timeIn(rowOf((await session.request('time', {}))['result']), 'serverTime');
    await session.request('userDataStream.subscribe.signature', sign(await askTime(), options));
    session.keepAlive();
    options.onTimeSource(askTime);
    void session.closed.then(() => options.onTimeSource(undefined));
    return session;
  } catch (error) {
    session.end(error instanceof Error ? error.message : String(error));
    throw error;
  }
};

const sign = (timestamp: number, { apiKey, apiSecret, recvWindowMs }: UserStreamOptions): Row => {
  const payload = `apiKey=${apiKey}&recvWindow=${recvWindowMs}&timestamp=${timestamp}`;
  const signature = createHmac('sha256', apiSecret).update(payload).digest('hex');
  return { apiKey, recvWindow: recvWindowMs, timestamp, signature };
};

interface Waiting {
  resolve(answer: Row): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** One socket to the WebSocket API: requests by id, events to `onEvent`. */
class Session implements Connection {
  readonly closed: Promise<string>;
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #options: UserStreamOptions;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #ping: NodeJS.Timeout | undefined;
  #end: (reason: string) => void = () => undefined;

  constructor(onEvent: (row: Row) => void, options: UserStreamOptions) {
    this.#options = options;
    this.#socket = new WebSocket(options.url);
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.opened = new Promise((resolve, reject) => {
      const late = setTimeout(
        () => this.end(`the user stream did not open in ${options.deadlineMs} ms`),
        options.deadlineMs,
      );
      this.#socket.addEventListener('open', () => {
        clearTimeout(late);
        resolve();
      });
      this.closed.then((reason) => {
        clearTimeout(late);
        reject(new Error(reason));
      });
    });
    this.opened.catch(() => undefined); // told to whoever awaits it; after that a closed session is no rejection
    this.#socket.addEventListener('close', ({ code }) => this.end(`the user stream was cut (${code})`));
    this.#socket.addEventListener('error', () => this.end('the user stream cannot be opened'));
    this.#socket.addEventListener('message', ({ data }) => this.#take(String(data), onEvent));
  }

  async request(method: string, params: Row): Promise<Row> {
    const id = String((this.#lastId += 1));
    const { deadlineMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the user stream gave no answer to ${method} in ${deadlineMs} ms`));
      }, deadlineMs);
      this.#waiting.set(id, { resolve, reject, timer });
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** A half-open connection looks like a quiet account: ask, and end it where no answer comes. */
  keepAlive(): void {
    this.#ping = setInterval(() => {
      this.request('ping', {}).catch((error: Error) => this.end(error.message));
    }, this.#options.pingEveryMs);
  }

  close(): void {
    this.end('closed');
  }

  end(reason: string): void {
    clearInterval(this.#ping);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.#waiting.clear();
    this.#socket.close();
    this.#end(reason);
  }

  #take(text: string, onEvent: (row: Row) => void): void {
    try {
      const message = rowOf(parseExact(text));
      if ('id' in message) return this.#answer(message);
      const event = rowOf(message['event'], 'event');
      if (event['e'] === 'eventStreamTerminated') this.end('the exchange ended the user stream');
      else onEvent(event);
    } catch (error) {
      // Reports are at least once and never the only source: ending the stream makes the follower look for what it missed.
      this.#options.logger.warn({ err: error }, 'a message of the user stream could not be used');
      this.end('the user stream said something unreadable');
    }
  }

  #answer(message: Row): void {
    const waiting = this.#waiting.get(String(message['id']));
    if (!waiting) return;
    this.#waiting.delete(String(message['id']));
    clearTimeout(waiting.timer);
    if (message['error'] === undefined) return waiting.resolve(message);
    const { code, msg } = rowOf(message['error'], 'error');
    waiting.reject(new Error(`the user stream was refused: ${String(msg)} (${String(code)})`));
  }
}

/** Reports in the order they came, though the worth of a fee may have to be asked for first. */
class ReportQueue {
  readonly #symbols: Symbols;
  readonly #logger: ExchangeLogger;
  readonly #deliver: (report: OrderReport) => void;
  #tail: Promise<void> = Promise.resolve();
  #queued = 0;

  constructor(symbols: Symbols, logger: ExchangeLogger, deliver: (report: OrderReport) => void) {
    this.#symbols = symbols;
    this.#logger = logger;
    this.#deliver = deliver;
  }

  take(row: Row): void {
    if (row['e'] !== 'executionReport') return; // balances and lists follow from the reports of their orders
    const report = reportOf(row);
    const atOnce = this.#queued === 0 ? this.#valuedAtOnce(report) : undefined;
    if (atOnce) return this.#deliver(atOnce);
    this.#queued += 1;
    this.#tail = this.#tail
      .then(async () => {
        const [fill = null] = report.fill ? await this.#symbols.value(report.symbol, [report.fill]) : [];
        this.#deliver({ ...report, fill });
      })
      .catch((error: unknown) =>
        // The fill is not lost: reconciliation finds it by its order.
        this.#logger.warn({ err: error, report }, 'a report could not be valued and was left out'),
      )
      .finally(() => {
        this.#queued -= 1;
      });
  }

  #valuedAtOnce({ fill, ...report }: UnvaluedReport): OrderReport | undefined {
    if (!fill) return { ...report, fill: null };
    const pair = this.#symbols.pairIfKnown(report.symbol);
    const feeInQuote = pair && valueFee(fill.fee, fill.feeAsset, fill.price, pair);
    return feeInQuote === undefined ? undefined : { ...report, fill: { ...fill, feeInQuote } };
  }
}
