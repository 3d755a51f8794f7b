import type { CandleClosed } from '@bot-core/events';

/** A closed candle as numbers. Indicators may use floats: nothing here becomes money. */
export interface Bar {
  /** First millisecond of the candle, UTC. */
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base asset. */
  readonly volume: number;
}

export const barOf = (candle: CandleClosed): Bar => ({
  openTime: candle.openTime,
  open: Number(candle.open),
  high: Number(candle.high),
  low: Number(candle.low),
  close: Number(candle.close),
  volume: Number(candle.volume),
});
