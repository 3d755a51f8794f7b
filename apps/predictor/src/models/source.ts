import type { Interval, Provenance, TradingSymbol, UnixMs } from '@bot-core/events';
import type { Bar } from '@bot-core/features';
import type { Model } from './model.ts';

/** The candle a model is wanted for, and how to get the candles before it. */
export interface ModelRequest {
  readonly symbol: TradingSymbol;
  readonly interval: Interval;
  readonly openTime: UnixMs;
  readonly closeTime: UnixMs;
  readonly provenance: Provenance;
  /** The newest stored candles, at most `count`, up to the one that opened at `openTime`; oldest first, perhaps with holes. */
  readonly newest: (openTime: number, count: number) => Promise<readonly Bar[]>;
}

/** Where models come from. */
export interface ModelSource {
  readonly type: string;
  /** Most candles that it may ask for at once. */
  readonly dataCandles: number;
  /** Makes ready what is known already. @throws {Error} when a stored model can't be trusted */
  restore(): Promise<void>;
  /** null when there is none that may judge this candle. */
  modelFor(request: ModelRequest): Promise<Model | null>;
  /** In words: ready, training, … */
  stateOf(symbol: TradingSymbol, interval: Interval): string;
}
