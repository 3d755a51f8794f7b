import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bar, featureMatrix, fitNormalisation, isContiguous, modelFeatures, normalise } from '../src/index.ts';
import { closes, hourMs, waves } from './bars.ts';

const bar = fc
  .record({
    close: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
    open: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
    up: fc.double({ min: 0, max: 0.2, noNaN: true }),
    down: fc.double({ min: 0, max: 0.2, noNaN: true }),
    volume: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })
  .map(({ close, open, up, down, volume }) => ({
    open,
    close,
    high: Math.max(open, close) * (1 + up),
    low: Math.min(open, close) * (1 - down),
    volume,
  }));
const market = (minLength: number, maxLength: number): fc.Arbitrary<Bar[]> =>
  fc
    .array(bar, { minLength, maxLength })
    .map((bars) => bars.map((values, index) => ({ openTime: index * hourMs, ...values })));

describe('the feature matrix', () => {
  it('does not look ahead: rows up to t are the same whatever comes after t', () =>
    fc.assert(
      fc.property(
        market(60, 90),
        market(1, 40),
        fc.infiniteStream(fc.double({ min: 0, max: 1 })),
        (past, later, order) => {
          const shuffled = later
            .map((value) => ({ value, key: order.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value);
          const altered = later.map((value) => ({ ...value, close: value.close * 1.5, volume: value.volume + 1 }));
          const { rows } = featureMatrix(past);
          for (const future of [later, shuffled, altered])
            expect(featureMatrix([...past, ...future]).rows.slice(0, rows.length)).toEqual(rows);
        },
      ),
      { numRuns: 60 },
    ));

  it('notices a feature that does look ahead', () => {
    const cheat = {
      name: 'cheat',
      description: 'The next close',
      warmUp: 1,
      memory: 'recursive' as const,
      compute: (bars: readonly Bar[]) => bars.map((_, index) => bars[index + 1]?.close ?? 0),
    };
    const [past, all] = [waves(60), waves(61)];
    const { rows } = featureMatrix(past, { features: [cheat] });
    expect(featureMatrix(all, { features: [cheat] }).rows.slice(0, rows.length)).not.toEqual(rows);
  });

  it('gives the same numbers, bit for bit, when only the newest rows are asked for', () =>
    fc.assert(
      fc.property(market(50, 100), fc.integer({ min: 1, max: 60 }), (bars, last) => {
        expect(featureMatrix(bars, { last }).rows).toEqual(featureMatrix(bars).rows.slice(-last));
      }),
      { numRuns: 60 },
    ));

  it('says its names and warm-up and has one row per bar after it', () => {
    const matrix = featureMatrix(waves(160));
    expect(matrix.names).toEqual(modelFeatures.map(({ name }) => name));
    expect(matrix.warmUp).toBe(50);
    expect(matrix.rows).toHaveLength(111);
    expect(featureMatrix(waves(49)).rows).toEqual([]);
  });

  it('refuses a price that is not positive', () => {
    expect(() => featureMatrix([...waves(60), ...closes(0)])).toThrow(/Prices must be positive/);
  });
});

describe('a window', () => {
  it('is contiguous only without a hole, a repetition or a step back', () => {
    const bars = waves(10);
    expect(isContiguous(bars, hourMs)).toBe(true);
    expect(isContiguous(bars.toSpliced(4, 1), hourMs)).toBe(false);
    expect(isContiguous(bars.toSpliced(4, 0, ...bars.slice(4, 5)), hourMs)).toBe(false);
    expect(isContiguous(bars.toReversed(), hourMs)).toBe(false);
  });
});

describe('normalisation', () => {
  it('brings the rows it was fitted on to mean 0 and deviation 1, leaves a constant column at 0, cuts wild values', () => {
    const fitted = fitNormalisation([
      [1, 5],
      [3, 5],
    ]);
    expect(fitted).toEqual({ mean: [2, 5], deviation: [1, 1] });
    expect(normalise([1, 5], fitted)).toEqual([-1, 0]);
    expect(normalise([1e9, 5], fitted)).toEqual([6, 0]);
  });

  it('cannot be fitted on nothing', () => {
    expect(() => fitNormalisation([])).toThrow(/no rows/);
  });
});
