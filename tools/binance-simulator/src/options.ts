import type { RuleOverrides } from './filters/rules.ts';
import type { RateLimits } from './rest/limits.ts';

/** A symbol's prices from a file. Symbol and interval are read from the file's name where they are not given. */
export interface FileSource {
  readonly file: string;
  readonly symbol?: string;
}

/** A symbol's prices from the seeded generator. */
export interface GeneratedSource {
  readonly symbol: string;
  /** Open of the first candle, in quote. Default 50,000. */
  readonly startPrice?: number;
}

export type Source = FileSource | GeneratedSource;

/** Everything about a simulator. All of it has a default: one generated BTCUSDT market on a settled clock. */
export interface SimulatorOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** A port of its own for the control channel; without it the channel is on `port`. */
  readonly controlPort?: number;
  readonly sources?: readonly Source[];
  /** Of all sources. Default: what the file says, 1h for generated ones. */
  readonly interval?: string;
  /** Candles of each symbol that are in the past at the start. Default 500, at most all but one. */
  readonly history?: number;
  /** Candles of each symbol that are played after the history. Default: the file's rest, endless when generated. */
  readonly limit?: number;
  /** `settled` (default), `realtime` or `xN`. */
  readonly clock?: string;
  /** Of the generator. Default 1. */
  readonly seed?: number;
  /** Open time of the first generated candle, unix ms. Default: so that `realtime` is now, else 2024-01-01. */
  readonly startTime?: number;
  /** Decimal strings by asset. Default 10,000 USDT. */
  readonly balances?: Readonly<Record<string, string>>;
  /** Maker and taker fee. Default 10. */
  readonly feeBps?: number;
  readonly makerFeeBps?: number;
  /** Fees are paid in BNB, at 25 % off, while there is enough. Default false; `POST /sapi/v1/bnbBurn` changes it. */
  readonly bnbBurn?: boolean;
  /** Price of BNB in the quote asset, for fees, where BNBUSDT is not simulated. */
  readonly bnbPrice?: string;
  /** From best bid to best ask. Default 1. */
  readonly spreadBps?: number;
  /** Base asset at each price level. Default: any order fits at the best price. */
  readonly depth?: string;
  /** Distance of two levels. Default 1. */
  readonly depthStepBps?: number;
  readonly apiKey?: string;
  readonly apiSecret?: string;
  readonly rateLimits?: Partial<RateLimits>;
  /** Trading rules by symbol that differ from the real ones. */
  readonly rules?: Readonly<Record<string, RuleOverrides>>;
  /** Path points per leg. Default 1 when settled, else about one a second (at most 20). */
  readonly stepsPerLeg?: number;
  /** What market streams tell of a bar's path. Default `close` when settled, else `path`. */
  readonly updates?: 'path' | 'close';
}

/** A running simulator. */
export interface Simulator {
  readonly port: number;
  readonly controlPort: number;
  /** For `binance-api-node`: `httpBase`, `wsBase`, `wsApi`. */
  readonly httpBase: string;
  readonly wsBase: string;
  readonly wsApi: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly symbols: readonly string[];
  /** Candles to come, of all symbols; undefined when endless. */
  readonly total: number | undefined;
  /** The control channel's operations, in process. */
  readonly control: (request: unknown) => Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}
