import { type UnixMs, unixMs } from '@bot-core/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holeBetween, inOrder, isOverdue, judge } from '../src/candles/sequence.ts';

const step = 60_000;
const t = (n: number): UnixMs => unixMs(n * step);
const candle = (n: number) => ({ openTime: t(n) });

describe('a candle from the stream', () => {
  it('is published when it is the first', () => expect(judge(null, t(5), step)).toEqual({ act: 'publish' }));
  it('is published when it follows', () => expect(judge(t(4), t(5), step)).toEqual({ act: 'publish' }));
  it('is ignored when it is stored', () => expect(judge(t(5), t(5), step)).toEqual({ act: 'ignore' }));
  it('is ignored when it is older', () => expect(judge(t(5), t(3), step)).toEqual({ act: 'ignore' }));
  it('waits for those between', () => expect(judge(t(2), t(6), step)).toEqual({ act: 'repair', from: t(3), to: t(5) }));
});

describe('what the exchange answers', () => {
  const kinds = (last: UnixMs | null, ...numbers: number[]) =>
    inOrder(last, numbers.map(candle), step).map((one) =>
      one.kind === 'candle'
        ? one.candle.openTime / step
        : [one.hole.firstOpenTime / step, one.hole.lastOpenTime / step],
    );

  it('is told in order', () => expect(kinds(t(1), 3, 2, 4)).toEqual([2, 3, 4]));
  it('leaves out what is stored', () => expect(kinds(t(3), 2, 3, 4)).toEqual([4]));
  it('tells a candle once', () => expect(kinds(t(1), 2, 2, 3)).toEqual([2, 3]));
  it('has a hole before its first candle', () => expect(kinds(t(1), 4)).toEqual([[2, 3], 4]));
  it('has holes between its candles', () => expect(kinds(t(1), 2, 4, 7)).toEqual([2, [3, 3], 4, [5, 6], 7]));
  it('has no hole before the first candle ever', () => expect(kinds(null, 4, 5)).toEqual([4, 5]));
  it('says nothing about what comes after its last candle', () => expect(kinds(t(3))).toEqual([]));

  it('accounts for every candle once, whatever is missing', () => {
    const run = fc.record({
      last: fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
      given: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(run, ({ last, given }) => {
        const before = last === null ? null : t(last);
        const told = inOrder(before, given.map(candle), step).flatMap((one) =>
          one.kind === 'candle'
            ? [one.candle.openTime / step]
            : Array.from({ length: one.hole.count }, (_, n) => one.hole.firstOpenTime / step + n),
        );
        const newer = given.filter((n) => last === null || n > last);
        const first = last === null ? Math.min(...newer) : last + 1;
        const expected = newer.length === 0 ? [] : range(first, Math.max(...newer));
        expect(told).toEqual(expected);
      }),
    );
  });
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

it('counts a hole', () => {
  expect(holeBetween(t(1), t(2), step)).toBeNull();
  expect(holeBetween(t(1), t(5), step)).toEqual({ firstOpenTime: t(2), lastOpenTime: t(4), count: 3 });
});

it('knows when the next candle is overdue', () => {
  expect(isOverdue(null, t(9), step, 1_000)).toBe(false);
  expect(isOverdue(t(1), unixMs(t(3) + 1_000), step, 1_000)).toBe(false);
  expect(isOverdue(t(1), unixMs(t(3) + 1_001), step, 1_000)).toBe(true);
});
