import type { SimulatedClock } from '../clock/clock.ts';
import type { RunningDriver, SettledDriver } from '../clock/drive.ts';
import type { Playback } from '../clock/playback.ts';
import { dec, fixed8 } from '../decimal.ts';
import { type Faults, parseFault, type StreamKind } from '../faults/faults.ts';
import { quoteOf } from '../matching/book.ts';
import type { Exchange } from '../matching/exchange.ts';
import type { ExchangeEvent } from '../matching/types.ts';
import type { Limits } from '../rest/limits.ts';
import { listRow, orderRow, tradeRow } from '../rest/shapes.ts';

export interface ControlOptions {
  readonly exchange: Exchange;
  readonly clock: SimulatedClock;
  readonly driver: SettledDriver | RunningDriver;
  readonly playback: Playback;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly publish: (events: readonly ExchangeEvent[]) => void;
  readonly dropSockets: (streams: StreamKind) => number;
  readonly connections: () => { readonly market: number; readonly user: number; readonly streams: number };
}

type Answer = Readonly<Record<string, unknown>>;

/**
 * The control channel: what drives and watches a simulator. It is no part of Binance. Requests are objects with an `op` and an
 * optional `id`, which the answer echoes; a refused request answers `{ error }`.
 */
export class Control {
  readonly #options: ControlOptions;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  handle(request: unknown): Answer {
    const given: Record<string, unknown> = { ...Object(request) };
    const id = given['id'] === undefined ? {} : { id: given['id'] };
    try {
      return { ...id, ...this.#operate(given) };
    } catch (error) {
      return { ...id, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #operate(given: Record<string, unknown>): Answer {
    switch (given['op']) {
      case 'advance':
        return this.#advance();
      case 'state':
        return this.#state();
      case 'orders':
        return { orders: this.#all((market) => market.orders.map(orderRow)) };
      case 'openOrders':
        return { orders: this.#all((market) => market.open.map(orderRow)) };
      case 'orderLists':
        return { orderLists: this.#options.exchange.lists.map(listRow) };
      case 'trades':
        return {
          trades: this.#all((market) =>
            market.trades.map((trade) => ({ ...tradeRow(trade), clientOrderId: trade.clientOrderId })),
          ),
        };
      case 'transfer':
        return this.#transfer(given);
      case 'faults':
        return this.#faults(given);
      default:
        throw new Error(
          `control: op ${String(given['op'])} is none of advance, state, orders, openOrders, orderLists, trades, transfer, faults`,
        );
    }
  }

  #advance(): Answer {
    const { driver } = this.#options;
    if (!('advance' in driver))
      throw new Error('control: this clock runs by itself; start the simulator with --clock settled to advance it');
    return { ...driver.advance() };
  }

  /** Money comes (a positive `amount`) or goes without the bot's doing. */
  #transfer({ asset, amount }: Record<string, unknown>): Answer {
    const { exchange, clock, publish } = this.#options;
    if (typeof asset !== 'string' || typeof amount !== 'string' || !/^-?\d+(\.\d{1,8})?$/.test(amount))
      throw new Error('control: transfer needs an asset and an amount as a decimal string, for example "-0.5"');
    publish(exchange.transfer(asset, dec(amount), clock.now()));
    return { asset, free: fixed8(exchange.balances.free(asset)) };
  }

  #state(): Answer {
    const { exchange, clock, driver, playback, connections } = this.#options;
    const markets = [...exchange.markets.values()];
    const count = (rows: (market: (typeof markets)[number]) => readonly unknown[]) =>
      markets.reduce((sum, market) => sum + rows(market).length, 0);
    return {
      clock: clock.now(),
      mode: clock.mode.kind === 'settled' ? 'settled' : `x${clock.mode.speed}`,
      phase: driver.phase,
      index: playback.played,
      total: playback.total ?? null,
      balances: Object.fromEntries(
        exchange.balances.assets().map((asset) => {
          const { free, locked } = exchange.balances.view(asset);
          return [asset, { free: fixed8(free), locked: fixed8(locked) }];
        }),
      ),
      prices: Object.fromEntries(
        markets.map((market) => {
          const { bid, ask } = quoteOf(market, exchange.book);
          return [market.rules.symbol, { last: fixed8(market.last), bid: fixed8(bid), ask: fixed8(ask) }];
        }),
      ),
      openOrders: count((market) => market.open),
      orders: count((market) => market.orders),
      orderLists: exchange.lists.length,
      openOrderLists: exchange.lists.filter(({ status }) => status === 'EXECUTING').length,
      trades: count((market) => market.trades),
      bnbBurn: exchange.bnbBurn,
      connections: connections(),
    };
  }

  #all<T>(rows: (market: Parameters<typeof quoteOf>[0]) => readonly T[]): readonly T[] {
    return [...this.#options.exchange.markets.values()].flatMap(rows);
  }

  /** `add`: one fault or several; `clear`: true, or the ids to clear. Answers the faults in force. */
  #faults(given: Record<string, unknown>): Answer {
    const { faults, clock, limits, dropSockets } = this.#options;
    const added: number[] = [];
    let dropped = 0;
    const wanted = given['add'] === undefined ? [] : Array.isArray(given['add']) ? given['add'] : [given['add']];
    const specs = wanted.map(parseFault);
    if (given['clear'] === true) {
      faults.clear();
      limits.lift();
    } else if (Array.isArray(given['clear'])) faults.clear(given['clear'].map(Number));
    for (const spec of specs) {
      if (spec.kind === 'drop-sockets') dropped += dropSockets(spec.streams ?? 'all');
      else if (spec.kind === 'ban') limits.ban(spec.seconds ?? 60);
      else added.push(faults.add(spec).id);
    }
    clock.skewMs = faults.peek('clock-skew')?.ms ?? 0;
    return { added, dropped, faults: faults.list() };
  }
}
