import type { Exchange, Subscription } from '../port.ts';
import { closedCandles } from './candles.ts';
import type { ClockMode } from './clock.ts';
import type { Endpoints } from './library.ts';
import { type ExchangeLogger, silentLogger } from './logger.ts';
import { followMarkets } from './market-stream.ts';
import { Orders } from './orders.ts';
import { Rest } from './rest.ts';
import { Symbols } from './symbols.ts';
import { followOrders } from './user-stream.ts';

export interface BinanceOptions extends Endpoints {
  /** May be empty where only market data is read. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** `offset`: this machine's clock and a measured difference; `ask`: asked each time, for a simulated clock that jumps. */
  readonly clock: ClockMode;
  /** How old a signed request may be when the exchange gets it. Default 5,000 ms. */
  readonly recvWindowMs?: number;
  /** For every answer of the exchange. Default 10,000 ms. */
  readonly deadlineMs?: number;
  /** The longest silence of a market socket, pings included. Default 60,000 ms: three of Binance's pings. */
  readonly silenceMs?: number;
  /** How often the user stream is asked whether it is alive. Default 15,000 ms. */
  readonly pingEveryMs?: number;
  readonly logger?: ExchangeLogger;
}

const binanceWsApi = 'wss://ws-api.binance.com:443/ws-api/v3';

/**
 * Connects to Binance spot, or to what speaks like it.
 * @throws {NotNow | AmbiguousAnswer} when the exchange does not tell its time.
 * @throws {Error} when this process already uses another stream address.
 */
export const connectBinance = async (options: BinanceOptions): Promise<Exchange> => {
  const { apiKey, apiSecret, recvWindowMs = 5_000, deadlineMs = 10_000, logger = silentLogger } = options;
  const { silenceMs = 60_000, pingEveryMs = 15_000, wsApi = binanceWsApi } = options;
  const rest = new Rest({ ...options, recvWindowMs, deadlineMs });
  const symbols = new Symbols(rest, logger);
  const orders = new Orders(rest, symbols);
  const subscriptions = new Set<Subscription>();
  const keep = (subscription: Subscription): Subscription => {
    subscriptions.add(subscription);
    return {
      close: async () => {
        subscriptions.delete(subscription);
        await subscription.close();
      },
    };
  };
  await rest.clock.now();
  return {
    now: () => rest.clock.now(),
    rules: (symbol) => symbols.rules(symbol),
    balances: () => orders.balances(),
    submit: (order) => orders.submit(order),
    cancel: (order) => orders.cancel(order),
    find: (order) => orders.find(order),
    candles: (query) => closedCandles(rest, query),
    follow: async (markets, handlers) =>
      keep(followMarkets(markets, handlers, { library: rest.library, logger, silenceMs, deadlineMs })),
    followOrders: async (handlers) =>
      keep(
        followOrders(handlers, {
          url: wsApi,
          apiKey,
          apiSecret,
          recvWindowMs,
          deadlineMs,
          pingEveryMs,
          symbols,
          logger,
          onTimeSource: (ask) => rest.askTimeOver(ask),
        }),
      ),
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    },
  };
};
