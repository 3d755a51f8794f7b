import { dec } from '../src/decimal.ts';
import { rulesFor, type RuleOverrides } from '../src/filters/rules.ts';
import { Exchange, type ExchangeOptions } from '../src/matching/exchange.ts';
import { pathOf } from '../src/matching/path.ts';
import type { ExchangeEvent, NewOco, NewOrder } from '../src/matching/types.ts';
import { bar } from './support.ts';

interface Setup extends Partial<Omit<ExchangeOptions, 'symbols' | 'balances'>> {
  readonly last?: number;
  readonly balances?: Record<string, string>;
  readonly rules?: RuleOverrides;
}

/** One BTCUSDT market at 100, no spread, 10 bps, 10,000 USDT and 10 BTC. */
export const exchangeWith = (setup: Setup = {}): Exchange => {
  const { last = 100, balances = { USDT: '10000', BTC: '10' }, rules = {}, ...rest } = setup;
  return new Exchange({
    symbols: [{ rules: rulesFor('BTCUSDT', dec(last), rules), last: dec(last) }],
    balances: Object.fromEntries(Object.entries(balances).map(([asset, amount]) => [asset, dec(amount)])),
    fees: { maker: dec('0.001'), taker: dec('0.001'), bnbFactor: dec('0.75') },
    book: { spreadBps: 0 },
    ...rest,
  });
};

type Numbers<T> = { [K in keyof T]: NonNullable<T[K]> extends { toFixed: unknown } ? number | undefined : T[K] };
const decimals = <T>(request: object): T =>
  Object.fromEntries(
    Object.entries(request).map(([key, value]) => [key, typeof value === 'number' ? dec(value) : value]),
  ) as T;

export const order = (request: Partial<Numbers<NewOrder>>): NewOrder =>
  decimals<NewOrder>({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', ...request });
export const oco = (request: Partial<Numbers<NewOco>>): NewOco =>
  decimals<NewOco>({ symbol: 'BTCUSDT', side: 'SELL', quantity: 1, ...request });

/** Plays a bar of these prices and answers what happened. */
export const play = (exchange: Exchange, open: number, high: number, low: number, close: number): ExchangeEvent[] =>
  pathOf(bar(1, open, high, low, close)).flatMap(({ price, at, move }) => exchange.moveTo('BTCUSDT', price, at, move));

/** `TRADE 1 @ 95`, `EXPIRED 2`, `ALL_DONE`, balances left out. */
export const told = (events: readonly ExchangeEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === 'list') return [event.list.status];
    if (event.type !== 'execution') return [];
    const { trade, execution, order: about } = event;
    return [`${execution} ${about.orderId}${trade ? ` @ ${trade.price.toFixed()} x ${trade.quantity.toFixed()}` : ''}`];
  });

export const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return `${code} ${message}`;
  }
  return 'accepted';
};
