import { describe, expect, it } from 'vitest';
import { barOf, featureMatrix, modelFeatures } from '../src/index.ts';
import { rsi14 } from '../src/features/momentum.ts';
import { price, quantity, tradingSymbol, unixMs } from '@bot-core/events';
import { closes, waves } from './bars.ts';

/**
 * The last row of 60 bars of `waves`, computed in another language from the textbook formulas: EMAs as closed weighted
 * sums, Wilder's averages as (v × 13 + x) / 14 from a simple mean of the first 14, population deviation in the bands.
 */
const golden: Record<string, number> = {
  logReturn: 0.0134594049781,
  roc6: -0.0395041911896,
  roc24: 0.183886568477,
  rsi14: 0.102314089747,
  stochasticK: 0.292469726043,
  stochasticSpread: -0.0941872107204,
  ema9Distance: -0.00336213234741,
  ema21Distance: 0.0247593541748,
  ema50Distance: 0.0526215440341,
  macdHistogram: 0.00148321673265,
  percentB: 0.131410947997,
  bandWidth: 0.211449580479,
  atr14: 0.0543207375301,
  realisedVolatility: 0.0329477258927,
  volumeRatio: -0.00724288340066,
  body: 0.324324324324,
  hourSin: 0.258819045103,
  hourCos: -0.965925826289,
};

describe('features', () => {
  it('are at least ten and each has a golden value', () => {
    expect(modelFeatures.map(({ name }) => name).sort()).toEqual(Object.keys(golden).sort());
    expect(modelFeatures.length).toBeGreaterThanOrEqual(10);
  });

  it.each(modelFeatures.map((feature) => [feature.name, feature] as const))(
    '%s has its golden value',
    (name, feature) => {
      expect(feature.compute(waves(60)).at(-1)).toBeCloseTo(golden[name] ?? Number.NaN, 10);
    },
  );

  it.each(modelFeatures.map((feature) => [feature.name, feature] as const))(
    '%s has values exactly from its warm-up on',
    (_, feature) => {
      const values = feature.compute(waves(60));
      expect(values).toHaveLength(60);
      expect(values.findIndex(Number.isFinite)).toBe(feature.warmUp - 1);
      expect(values.slice(feature.warmUp - 1).every(Number.isFinite)).toBe(true);
    },
  );

  it("gives the RSI of Wilder's method as published (StockCharts' example: 70.53, then 66.32, 66.55)", () => {
    const published = closes(
      44.3389,
      44.0902,
      44.1497,
      43.6124,
      44.3278,
      44.8264,
      45.0955,
      45.4245,
      45.8433,
      46.0826,
      45.8931,
      46.0328,
      45.614,
      46.282,
      46.282,
      46.0028,
      46.0328,
    );
    const scaled = rsi14.compute(published).slice(14);
    expect(scaled.map((value) => (value + 1) * 50)).toEqual(
      [70.53, 66.32, 66.55].map((value) => expect.closeTo(value, 1)),
    );
  });

  it('judges a market that stands still as neither strong nor weak', () => {
    const { rows, names } = featureMatrix(closes(...Array<number>(60).fill(7)).map((bar) => ({ ...bar, volume: 0 })));
    const still = Object.fromEntries(names.map((name, index) => [name, rows.at(-1)?.[index]]));
    expect(still).toMatchObject({ rsi14: 0, percentB: 0, atr14: 0, volumeRatio: 0, body: 0, ema50Distance: 0 });
  });

  it('reads a candle of the contract as numbers', () => {
    const candle = {
      venue: 'spot',
      symbol: tradingSymbol('BTCUSDT'),
      interval: '1h',
      openTime: unixMs(0),
      closeTime: unixMs(3_599_999),
      open: price('1.5'),
      high: price('2'),
      low: price('1'),
      close: price('1.75'),
      volume: quantity('0.001'),
    } as const;
    expect(barOf(candle)).toEqual({ openTime: 0, open: 1.5, high: 2, low: 1, close: 1.75, volume: 0.001 });
  });
});
