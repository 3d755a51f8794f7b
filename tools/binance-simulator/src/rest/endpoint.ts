import type { SimulatedClock } from '../clock/clock.ts';
import type { Series } from '../feed/series.ts';
import type { Exchange } from '../matching/exchange.ts';
import type { ExchangeEvent } from '../matching/types.ts';
import type { Limits } from './limits.ts';
import type { Params } from './params.ts';

/** What endpoints work on. */
export interface Venue {
  readonly exchange: Exchange;
  /** By symbol, in the order in which they were configured. */
  readonly series: ReadonlyMap<string, Series>;
  readonly clock: SimulatedClock;
  readonly limits: Limits;
  /** Tells the user-data streams; they hear of an order before its REST answer goes out. */
  readonly publish: (events: readonly ExchangeEvent[]) => void;
}

export interface Endpoint {
  readonly weight: number | ((params: Params) => number);
  /** `signed` needs key, timestamp and signature. */
  readonly security: 'none' | 'signed';
  /** New orders that a request counts as. */
  readonly orders?: number;
  readonly handle: (params: Params, venue: Venue) => unknown;
}

/** By `METHOD /path`. */
export type Endpoints = Readonly<Record<string, Endpoint>>;
