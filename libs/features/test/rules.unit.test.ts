import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bar, distanceFromUndecided, judgementOf, rules, windowSize } from '../src/index.ts';
import { closes, hourMs, waves } from './bars.ts';

/** A quiet market with a little noise, then `moves` as factors, one candle each. */
const quietThen = (...moves: number[]): Bar[] => {
  const prices = Array.from({ length: windowSize - moves.length }, (_, i) => 100 + Math.sin(i * 2.4));
  for (const move of moves) prices.push((prices.at(-1) ?? 100) * move);
  return closes(...prices).map((bar) => ({ ...bar, high: bar.close * 1.005, low: bar.close * 0.995 }));
};
const rally = quietThen(...Array<number>(8).fill(1.01));
const slump = quietThen(...Array<number>(8).fill(0.99));

describe('the momentum rule', () => {
  it('goes with a rally and against a slump', () => {
    expect(rules.momentum.judge(rally)).toMatchObject({ direction: 'long' });
    expect(rules.momentum.judge(rally).confidence).toBeGreaterThan(75);
    expect(rules.momentum.judge(slump)).toMatchObject({ direction: 'short' });
    expect(rules.momentum.judge(slump).confidence).toBeGreaterThan(75);
  });
});

describe('the mean-reversion rule', () => {
  it('goes against a rally and buys a slump', () => {
    expect(rules['mean-reversion'].judge(rally)).toMatchObject({ direction: 'short' });
    expect(rules['mean-reversion'].judge(slump)).toMatchObject({ direction: 'long' });
  });
});

describe.each(Object.values(rules))('a rule: $id', (rule) => {
  it('says nothing about a market that stands still', () => {
    expect(rule.judge(closes(...Array<number>(windowSize).fill(5)))).toMatchObject({ direction: 'neutral' });
  });

  it('judges by shape: neither the price level nor the date matters', () => {
    const judged = rule.judge(waves(windowSize));
    const elsewhere = waves(windowSize).map((bar) => ({
      openTime: bar.openTime + 1000 * hourMs,
      open: bar.open * 512,
      high: bar.high * 512,
      low: bar.low * 512,
      close: bar.close * 512,
      volume: bar.volume * 512,
    }));
    expect(rule.judge(elsewhere)).toEqual(judged);
  });

  it('refuses a window that is too short', () => {
    expect(() => rule.judge(waves(5))).toThrow(/too few/);
  });
});

describe('a judgement', () => {
  it('has the direction of its probability, and a confidence from 0 to 100', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (probability) => {
        const { direction, confidence } = judgementOf(probability);
        expect(confidence).toBeCloseTo(distanceFromUndecided(probability), 1);
        if (direction === 'neutral') expect(confidence).toBeLessThanOrEqual(10);
        else expect(direction).toBe(probability > 0.5 ? 'long' : 'short');
      }),
    ));

  it('is rounded, so that the same thought is the same text everywhere', () => {
    expect(judgementOf(0.87512345678)).toEqual({ direction: 'long', probability: 0.875123, confidence: 75.02 });
  });
});
