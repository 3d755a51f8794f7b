import type { Bar } from '@bot-core/features';
import { randomOf } from '../src/models/lstm/random.ts';

export const hourMs = 3_600_000;

/** A seeded random walk with a daily wave, `count` hourly bars, oldest first. */
export const walk = (count: number, seed = 7): Bar[] => {
  const random = randomOf(seed);
  let close = 30_000;
  return Array.from({ length: count }, (_, hour) => {
    const open = close;
    close *= Math.exp(0.004 * Math.sin(hour / 4) + 0.006 * (random() - 0.5));
    const [high, low] = [
      Math.max(open, close) * (1 + 0.002 * random()),
      Math.min(open, close) * (1 - 0.002 * random()),
    ];
    return { openTime: hour * hourMs, open, high, low, close, volume: 100 + 50 * random() };
  });
};
