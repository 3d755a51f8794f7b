import type { Bar } from '../src/index.ts';

export const hourMs = 3_600_000;
const cents = (value: number): number => Math.round(value * 100) / 100;

/** A made-up market with waves, to two decimals, so that its numbers can be recomputed elsewhere. */
export const waves = (count: number): Bar[] =>
  Array.from({ length: count }, (_, i) => {
    const close = cents(100 + 10 * Math.sin(i / 7) + 3 * Math.sin(i * 1.7));
    const open = cents(100 + 10 * Math.sin((i - 1) / 7) + 3 * Math.sin((i - 1) * 1.7));
    return {
      openTime: i * hourMs,
      open,
      high: cents(Math.max(open, close) + 1 + Math.cos(i) ** 2),
      low: cents(Math.min(open, close) - 1 - Math.sin(i) ** 2),
      close,
      volume: cents(50 + 30 * Math.cos(i / 3) ** 2),
    };
  });

/** Closes only; nothing else moves. */
export const closes = (...values: number[]): Bar[] =>
  values.map((close, i) => ({ openTime: i * hourMs, open: close, high: close, low: close, close, volume: 1 }));
