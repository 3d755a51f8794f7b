import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Interval, Price, TradingSymbol } from '@bot-core/events';
import type { MarketData, Subscription } from '../port.ts';
import { decimalIn, type Row, rowOf, symbolIn, textIn, timeIn } from './fields.ts';
import type { Library } from './library.ts';
import type { ExchangeLogger } from './logger.ts';
import { candleOfStream } from './shapes.ts';
import { type Connection, KeptStream } from './stream.ts';
import { unwatched, watching } from './wire.ts';

type Markets = Parameters<MarketData['follow']>[0];
type Handlers = Parameters<MarketData['follow']>[1];

export interface MarketStreamOptions {
  readonly library: Library;
  readonly logger: ExchangeLogger;
  /** The longest time without a single byte: Binance pings every 20 s even where nothing is traded. Milliseconds. */
  readonly silenceMs: number;
  /** For a connection to open. Milliseconds. */
  readonly deadlineMs: number;
}

/**
 * All markets' klines and prices over one socket of the library. The library would reopen a lost socket by itself after 4 to
 * 10 s and say nothing; so each socket is watched, and at its end (or silence) the library's handle is closed for good and a
 * new one opened.
 */
export const followMarkets = (markets: Markets, handlers: Handlers, options: MarketStreamOptions): Subscription => {
  const streams = markets.flatMap(({ symbol, interval }) => [
    `${symbol.toLowerCase()}@kline_${interval}`,
    `${symbol.toLowerCase()}@miniTicker`,
  ]);
  const path = [...new Set(streams)].join('/');
  return new KeptStream(() => openMarkets(path, (message) => deliver(message, handlers, options.logger), options), {
    onConnected: () => unwatched(() => handlers.onConnected()),
    onDisconnected: (reason) => unwatched(() => handlers.onSilence(reason)),
  });
};

const openMarkets = (
  path: string,
  onMessage: (message: unknown) => void,
  { library, silenceMs, deadlineMs }: MarketStreamOptions,
): Promise<Connection> =>
  new Promise((resolve, reject) => {
    let over = false;
    let stopLibrary: () => void = () => undefined;
    let endConnection: (reason: string) => void = () => undefined;
    const closed = new Promise<string>((end) => {
      endConnection = end;
    });
    const finish = (reason: string): void => {
      if (over) return;
      over = true;
      clearTimeout(late);
      clearInterval(watchdog);
      // Only now: closing a socket that is still being opened makes the library report an error that nobody hears.
      setImmediate(() => stopLibrary());
      reject(new Error(reason));
      endConnection(reason);
    };
    const late = setTimeout(() => finish(`the market streams did not open within ${deadlineMs} ms`), deadlineMs);
    let watchdog: NodeJS.Timeout | undefined;

    const onOpen = (_response: IncomingMessage, socket: Socket): void => {
      clearTimeout(late);
      if (over) return void socket.destroy();
      socket.once('close', () => finish('the market streams were cut'));
      watchdog = watchSilence(socket, silenceMs, () => {
        finish(`the market streams were silent for ${silenceMs} ms`);
        socket.destroy();
      });
      resolve({ closed, close: () => finish('closed') });
    };
    const onRequest = (request: ClientRequest): void => {
      if (String(request.getHeader('upgrade')).toLowerCase() !== 'websocket') return;
      // The library's own second attempt: this connection is over by then.
      if (over) return void request.destroy();
      request.once('upgrade', onOpen);
      request.once('error', (error: Error) => finish(`the market streams cannot be opened: ${error.message}`));
      request.once('response', (response) => finish(`the market streams were refused: HTTP ${response.statusCode}`));
    };
    stopLibrary = watching(onRequest, () =>
      library.ws.customSubStream(path, (message: unknown) => {
        if (!over) onMessage(message);
      }),
    );
  });

/** Bytes, not messages: a market without trades is quiet, a connection without pings is dead. */
const watchSilence = (socket: Socket, silenceMs: number, onSilent: () => void): NodeJS.Timeout => {
  let bytes = socket.bytesRead;
  let quietChecks = 0;
  const checks = 4;
  return setInterval(() => {
    quietChecks = socket.bytesRead === bytes ? quietChecks + 1 : 0;
    bytes = socket.bytesRead;
    if (quietChecks >= checks) onSilent();
  }, silenceMs / checks);
};

const deliver = (message: unknown, handlers: Handlers, logger: ExchangeLogger): void =>
  unwatched(() => {
    try {
      const row = rowOf(message);
      if (row['e'] === 'kline') deliverCandle(row, handlers);
      else if (row['e'] === '24hrMiniTicker')
        handlers.onPrice(symbolIn(row, 's'), decimalIn<Price>(row, 'c'), timeIn(row, 'E'));
    } catch (error) {
      // A message that cannot be read is a candle or price less; a missing candle is repaired over REST.
      logger.warn({ err: error }, 'a market message could not be used');
    }
  });

const deliverCandle = (row: Row, handlers: Handlers): void => {
  const kline = rowOf(row['k'], 'k');
  if (kline['x'] !== true) return;
  const symbol: TradingSymbol = symbolIn(row, 's');
  handlers.onCandle(symbol, textIn(kline, 'i') as Interval, candleOfStream(kline), timeIn(row, 'E'));
};
