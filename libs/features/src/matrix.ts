import type { Bar } from './bar.ts';
import type { Feature } from './feature.ts';
import { modelFeatures } from './features/index.ts';

export interface FeatureMatrix {
  /** Column names, in order. */
  readonly names: readonly string[];
  /** Candles, the last one included, that a row needs. */
  readonly warmUp: number;
  /** One row per bar from the first that has every value; the last row belongs to the last bar. A row at t uses bars up to t. */
  readonly rows: number[][];
}

export const warmUpOf = (features: readonly Feature[]): number =>
  Math.max(1, ...features.map((feature) => feature.warmUp));

/**
 * @param bars oldest first, without a hole
 * @param options.last how many of the newest rows are wanted (default: all). The numbers are the same, the work is less.
 * @throws {RangeError} when a value is not finite: a price was not positive
 */
export const featureMatrix = (
  bars: readonly Bar[],
  { features = modelFeatures, last = Infinity }: { features?: readonly Feature[]; last?: number } = {},
): FeatureMatrix => {
  const warmUp = warmUpOf(features);
  const count = Math.max(0, Math.min(last, bars.length - warmUp + 1));
  const columns = features.map((feature) => {
    const needed = feature.memory === 'rolling' ? bars.slice(-(count + feature.warmUp - 1)) : bars;
    return count > 0 ? feature.compute(needed).slice(-count) : [];
  });
  const rows = Array.from({ length: count }, (_, row) =>
    columns.map((column, index) => finite(column[row], features[index], bars[bars.length - count + row])),
  );
  return { names: features.map(({ name }) => name), warmUp, rows };
};

const finite = (value: number | undefined, feature: Feature | undefined, bar: Bar | undefined): number => {
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new RangeError(
    `features: ${feature?.name} of the candle at ${bar?.openTime} is ${value}. Prices must be positive numbers.`,
  );
};
