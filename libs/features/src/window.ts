import type { Bar } from './bar.ts';

/**
 * Candles a signal is made of, no more and no less: any replica that has them gets the same numbers, wherever it began.
 * 100 steps of a sequence, each warmed up by at least 60 candles.
 */
export const windowSize = 160;

/** Whether each bar follows its predecessor by exactly one interval. An outage of the exchange breaks it. */
export const isContiguous = (bars: readonly Bar[], intervalMs: number): boolean =>
  bars.every((bar, index) => {
    const previous = bars[index - 1];
    return !previous || bar.openTime - previous.openTime === intervalMs;
  });

/** The newest bars that follow each other without a hole. */
export const contiguousEnd = (bars: readonly Bar[], intervalMs: number): readonly Bar[] => {
  const lastBeforeHole = bars.findLastIndex(
    (bar, index) => index + 1 < bars.length && (bars[index + 1]?.openTime ?? 0) - bar.openTime !== intervalMs,
  );
  return bars.slice(lastBeforeHole + 1);
};
