import { contiguousEnd } from '@bot-core/features';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series, type StoredBar } from '../src/windows/series.ts';

const hourMs = 3_600_000;
const stored = (hour: number, sequence: number): StoredBar => ({
  sequence,
  bar: { openTime: hour * hourMs, open: 1, high: 1, low: 1, close: 1, volume: 1 },
});

/** A stream that counts how often and how much of it is read. */
const streamOf = (...all: StoredBar[]) => {
  const reads: [from: number, to: number][] = [];
  async function* read(from: number, to: number) {
    reads.push([from, to]);
    yield* all.filter(({ sequence }) => sequence >= from && sequence <= to);
  }
  return { read, reads, add: (...more: StoredBar[]) => all.push(...more) };
};
const hours = (from: number, to: number, sequenceOf = (hour: number) => hour): StoredBar[] =>
  Array.from({ length: to - from + 1 }, (_, index) => stored(from + index, sequenceOf(from + index)));
const span = (hour: number, sequence = hour, count = 5) => ({ openTime: hour * hourMs, sequence, count });
const found = async (series: Series, ...of: Parameters<typeof span>) => {
  const { kind, bars } = await series.find(span(...of));
  return [kind, ...bars.map(({ openTime }) => openTime / hourMs)];
};

describe('a series of candles', () => {
  it('reads nothing while the candles come one after the other', async () => {
    const { read, reads } = streamOf();
    const series = new Series(read, hourMs, 20);
    for (const one of hours(1, 5)) series.note(one);
    expect(await found(series, 5)).toEqual(['complete', 1, 2, 3, 4, 5]);
    series.note(stored(6, 6));
    expect(await found(series, 6)).toEqual(['complete', 2, 3, 4, 5, 6]);
    expect(reads).toEqual([]);
  });

  it('fills a cold cache from the newest part of the stream only', async () => {
    const { read, reads } = streamOf(...hours(1, 1000));
    const series = new Series(read, hourMs, 20);
    series.note(stored(1000, 1000));
    expect(await found(series, 1000)).toEqual(['complete', 996, 997, 998, 999, 1000]);
    expect(reads).toEqual([[991, 1000]]);
  });

  it('reads further back in growing steps where other symbols lie between', async () => {
    const { read, reads } = streamOf(...hours(1, 100, (hour) => hour * 10));
    const series = new Series(read, hourMs, 20);
    expect(await found(series, 100, 1000)).toEqual(['complete', 96, 97, 98, 99, 100]);
    expect(reads).toEqual([
      [991, 1000],
      [951, 990],
    ]);
  });

  it('fills what another replica was handed, and sees the same as it', async () => {
    const stream = streamOf(...hours(1, 40));
    const [odd, even] = [new Series(stream.read, hourMs, 20), new Series(stream.read, hourMs, 20)];
    for (const one of hours(1, 40)) (one.sequence % 2 ? odd : even).note(one);
    expect(await found(odd, 39)).toEqual(['complete', 35, 36, 37, 38, 39]);
    expect(await found(even, 40)).toEqual(['complete', 36, 37, 38, 39, 40]);
    stream.add(stored(41, 41), stored(42, 42));
    odd.note(stored(41, 41));
    expect(await found(odd, 41)).toEqual(['complete', 37, 38, 39, 40, 41]);
    even.note(stored(42, 42));
    expect(await found(even, 42)).toEqual(['complete', 38, 39, 40, 41, 42]);
  });

  it('sees a hole of the exchange, and asks the stream about it only when it begins', async () => {
    const { read, reads } = streamOf(...hours(1, 10), ...hours(13, 30, (hour) => hour - 2));
    const series = new Series(read, hourMs, 20);
    for (const one of hours(1, 10)) series.note(one);
    await series.find(span(10));
    let asked: number | undefined;
    for (let hour = 13; hour < 17; hour += 1) {
      series.note(stored(hour, hour - 2));
      expect((await found(series, hour, hour - 2))[0]).toBe('gap');
      asked ??= reads.length;
    }
    series.note(stored(17, 15));
    expect(await found(series, 17, 15)).toEqual(['complete', 13, 14, 15, 16, 17]);
    expect(reads).toHaveLength(asked ?? 0);
  });

  it('takes a repaired hole into account from the place on where it was repaired', async () => {
    const late = [stored(1, 1), stored(2, 2), stored(3, 3), stored(5, 4), stored(4, 5), stored(6, 6)];
    const { read } = streamOf(...late);
    const series = new Series(read, hourMs, 20);
    expect(await found(series, 5, 4)).toEqual(['gap', 1, 2, 3, 5]);
    expect(await found(series, 6, 6)).toEqual(['complete', 2, 3, 4, 5, 6]);
    expect(await found(series, 5, 4), 'a second delivery is judged as the first was').toEqual(['gap', 1, 2, 3, 5]);
  });

  it('does not mind the order or the number of deliveries', async () => {
    const { read, reads } = streamOf(...hours(1, 6));
    const series = new Series(read, hourMs, 20);
    for (const hour of [3, 1, 5, 5, 2, 4, 1]) series.note(stored(hour, hour));
    expect(await found(series, 5)).toEqual(['complete', 1, 2, 3, 4, 5]);
    expect(series.size).toBe(5);
    expect(reads).toEqual([]);
  });

  it('says when the stream holds too few', async () => {
    const { read } = streamOf(...hours(1, 3));
    expect(await found(new Series(read, hourMs, 20), 3)).toEqual(['too-few', 1, 2, 3]);
  });

  it('keeps no more than it was told to and reads the rest again', async () => {
    const { read } = streamOf(...hours(1, 50));
    const series = new Series(read, hourMs, 10);
    for (const one of hours(1, 50)) series.note(one);
    expect(series.size).toBe(10);
    expect(await found(series, 20)).toEqual(['complete', 16, 17, 18, 19, 20]);
    expect(series.size).toBe(10);
  });

  it('answers by the stream alone, whatever was handed over, in whatever order, however much is kept', () => {
    /** Hours with holes, some stored late by a few places, some stored again, other symbols in between. */
    const stream = fc
      .record({
        missing: fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 12 }),
        late: fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 12 }),
        again: fc.uniqueArray(fc.integer({ min: 1, max: 150 }), { maxLength: 12 }),
        step: fc.integer({ min: 1, max: 7 }),
      })
      .map(({ missing, late, again, step }) =>
        Array.from({ length: 150 }, (_, index) => index + 1)
          .filter((hour) => !missing.includes(hour))
          .flatMap((hour) => [
            { hour, place: late.includes(hour) ? hour + 4.5 : hour },
            ...(again.includes(hour) ? [{ hour, place: hour + 20.5 }] : []),
          ])
          .sort((a, b) => a.place - b.place)
          .map(({ hour }, index) => stored(hour, 1 + index * step)),
      );
    const count = 12;
    const naive = (all: readonly StoredBar[], { bar, sequence }: StoredBar) => {
      const hours = all.filter((one) => one.sequence <= sequence && one.bar.openTime <= bar.openTime);
      const newest = [...new Set(hours.map((one) => one.bar.openTime))].sort((a, b) => a - b).slice(-count);
      const whole = newest.every((time, index) => index === 0 || time - (newest[index - 1] ?? 0) === hourMs);
      return whole ? (newest.length === count ? 'complete' : 'too-few') : 'gap';
    };
    return fc.assert(
      fc.asyncProperty(stream, fc.infiniteStream(fc.integer({ min: 0, max: 9 })), async (all, dice) => {
        const series = new Series(streamOf(...all).read, hourMs, 2 * count + 8);
        const roll = () => Number(dice.next().value);
        for (const one of all) {
          if (roll() < 4) continue; // another replica was handed it
          series.note(one);
          if (roll() < 5) continue; // it was not fresh
          const { kind, bars } = await series.find({ openTime: one.bar.openTime, sequence: one.sequence, count });
          expect(kind).toBe(naive(all, one));
          expect(bars.at(-1)).toEqual(one.bar);
          if (kind === 'complete') expect(contiguousEnd(bars, hourMs)).toHaveLength(count);
        }
      }),
      { numRuns: 100 },
    );
  });
});
