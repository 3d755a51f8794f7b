import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { Candle } from '../src/feed/candle.ts';
import { candlesOfCsv } from '../src/feed/csv.ts';
import { readCandles } from '../src/feed/files.ts';
import { generateCandles } from '../src/feed/generator.ts';
import { Series } from '../src/feed/series.ts';
import { bar, csvOf, hour, start } from './support.ts';

const first = (count: number, seed = 1): Candle[] => {
  const source = generateCandles({ symbol: 'BTCUSDT', interval: '1h', seed, startTime: start });
  return Array.from({ length: count }, () => source.next().value);
};

describe('candle files', () => {
  it('of six columns are completed the same way each time', () => {
    const [candle] = candlesOfCsv(`openTime,open,high,low,close,volume\n${start},100,110,90,100,2\n`, 'file', hour);
    expect(candle).toEqual({
      openTime: start,
      closeTime: start + hour - 1,
      open: '100.00000000',
      high: '110.00000000',
      low: '90.00000000',
      close: '100.00000000',
      volume: '2.00000000',
      quoteVolume: '200.00000000',
      trades: 1,
      takerBase: '1.00000000',
      takerQuote: '100.00000000',
    });
  });
  it('of Binance, with twelve columns, no header and microseconds', () => {
    const us = (ms: number) => `${ms}000`;
    const text = [0, 1]
      .map((index) => `${us(start + index * hour)},1,3,0.5,2,10,${us(start + index * hour + hour - 1)},15,7,4,6,0`)
      .join('\n');
    expect(candlesOfCsv(text, 'file')[1]).toMatchObject({
      openTime: start + hour,
      closeTime: start + 2 * hour - 1,
      quoteVolume: '15.00000000',
      trades: 7,
      takerBase: '4.00000000',
    });
  });
  it('may leave hours out: the exchange had none', () => {
    const candles = candlesOfCsv(csvOf([bar(0, 1, 1, 1, 1), bar(1, 1, 1, 1, 1), bar(5, 1, 1, 1, 1)]), 'file');
    expect(candles.map(({ openTime }) => (openTime - start) / hour)).toEqual([0, 1, 5]);
    expect(candles[1]!.closeTime).toBe(start + 2 * hour - 1);
  });
  it.each([
    ['a word', `${start},1,2,x,1,1`, "row 1 of file: 'x' is not a decimal number"],
    ['an impossible bar', `${start},1,2,1.5,1,1`, 'row 1 of file: low or high does not enclose open and close'],
    [
      'a step back',
      `${start},1,1,1,1,1\n${start},1,1,1,1,1`,
      'row 2 of file: opens before the row before it has closed',
    ],
    ['a missing column', `${start},1,1,1,1`, 'row 1 of file: has 5 columns, at least 6 are needed'],
    [
      'a wrong interval',
      `${start + 60_000},1,1,1,1,1`,
      `row 1 of file: open time ${start + 60_000} does not begin a bar of 3600000 ms`,
    ],
  ])('with %s say where', (_, text, words) => {
    expect(() => candlesOfCsv(text, 'file', hour)).toThrow(words);
  });
  it('are read plain, as gzip and as ZIP, and named by their files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'candles-'));
    const text = csvOf(first(3));
    await writeFile(join(folder, 'ETHUSDT-1h.csv'), text);
    await writeFile(join(folder, 'ETHUSDT-1h.csv.gz'), gzipSync(strToU8(text)));
    await writeFile(join(folder, 'ETHUSDT-1h-2024-01.zip'), zipSync({ 'ETHUSDT-1h-2024-01.csv': strToU8(text) }));
    await writeFile(join(folder, 'mine.csv'), text);
    for (const name of ['ETHUSDT-1h.csv', 'ETHUSDT-1h.csv.gz', 'ETHUSDT-1h-2024-01.zip']) {
      const file = await readCandles(join(folder, name));
      expect(file).toMatchObject({ symbol: 'ETHUSDT', interval: '1h' });
      expect(file.candles.map(({ close }) => close)).toEqual(first(3).map(({ close }) => close));
    }
    await expect(readCandles(join(folder, 'mine.csv'))).rejects.toThrow('which symbol is in mine.csv');
    expect(await readCandles(join(folder, 'mine.csv'), { symbol: 'BTCUSDT' })).toMatchObject({ interval: '1h' });
    await rm(folder, { recursive: true });
  });
});

describe('generated candles', () => {
  it('are the same for the same seed and others for another', () => {
    expect(first(50)).toEqual(first(50));
    expect(first(50, 2)).not.toEqual(first(50));
  });
  it('are bars on the tick, one after the other', () => {
    const candles = first(2000);
    for (const [index, { open, high, low, close, openTime, volume }] of candles.entries()) {
      expect(Number(low)).toBeLessThanOrEqual(Math.min(Number(open), Number(close)));
      expect(Number(high)).toBeGreaterThanOrEqual(Math.max(Number(open), Number(close)));
      expect([open, high, low, close].every((price) => price.endsWith('000000'))).toBe(true);
      expect(openTime).toBe(start + index * hour);
      expect(Number(volume)).toBeGreaterThan(0);
      if (index > 0) expect(open).toBe(candles[index - 1]!.close);
    }
  });
  it('have fat tails and volatility that clusters, as markets do', () => {
    const closes = first(20_000).map(({ close }) => Math.log(Number(close)));
    const squares = closes.slice(1).map((value, index) => (value - closes[index]!) ** 2);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = mean(squares);
    const kurtosis = mean(squares.map((value) => value ** 2)) / variance ** 2;
    const correlation = (lag: number) =>
      mean(squares.slice(lag).map((value, index) => (value - variance) * (squares[index]! - variance))) /
      mean(squares.map((value) => (value - variance) ** 2));
    expect(kurtosis).toBeGreaterThan(3.5);
    expect(correlation(1)).toBeGreaterThan(0.05);
    expect(correlation(10)).toBeGreaterThan(0.03);
    const yearly = Math.sqrt(variance * 24 * 365);
    expect(yearly).toBeGreaterThan(0.4);
    expect(yearly).toBeLessThan(0.8);
  });
});

describe('a series', () => {
  const series = new Series('BTCUSDT', '1h');
  for (const index of [0, 1, 2, 3, 4, 5, 9, 10, 11, 12])
    series.candles.push(bar(index, 100 + index, 200 + index, 50 + index, 101 + index));
  const hours = (query: Partial<Parameters<Series['klines']>[0]>) =>
    series.klines({ interval: '1h', limit: 500, ...query }).map(({ openTime }) => (openTime - start) / hour);

  it('answers the last bars, or the first from a start time, and skips what never was', () => {
    expect(hours({ limit: 3 })).toEqual([10, 11, 12]);
    expect(hours({ startTime: start + 4 * hour, limit: 3 })).toEqual([4, 5, 9]);
    expect(hours({ startTime: start + hour + 1, endTime: start + 3 * hour })).toEqual([2, 3]);
    expect(hours({ endTime: start + 6 * hour, limit: 2 })).toEqual([4, 5]);
    expect(hours({ startTime: start + 6 * hour, endTime: start + 8 * hour })).toEqual([]);
  });
  it('puts longer bars together', () => {
    const bars = series.klines({ interval: '4h', limit: 10 });
    expect(bars.map(({ openTime }) => (openTime - start) / hour)).toEqual([0, 4, 8, 12]);
    expect(bars[2]).toMatchObject({
      closeTime: start + 12 * hour - 1,
      open: '109.00000000',
      high: '211.00000000',
      low: '59.00000000',
      close: '112.00000000',
      volume: '300.00000000',
    });
    expect(series.klines({ interval: '4h', limit: 2 }).map(({ openTime }) => (openTime - start) / hour)).toEqual([
      8, 12,
    ]);
    expect(series.klines({ interval: '1d', limit: 5 })).toHaveLength(1);
    expect(series.klines({ interval: '1w', limit: 5 })[0]!.openTime).toBe(start);
    expect(series.klines({ interval: '1M', limit: 5 })[0]!.closeTime).toBe(Date.UTC(2024, 1) - 1);
  });
  it('knows the last 24 hours, the forming bar included', () => {
    const day = new Series('BTCUSDT', '1h');
    for (let index = 0; index < 40; index += 1) {
      day.candles.push(bar(index, 100 + index, 200 + index, 50 + index, 101 + index));
      day.day();
    }
    expect(day.day()).toMatchObject({
      openTime: start + 16 * hour,
      open: '116.00000000',
      high: '239.00000000',
      low: '66.00000000',
      close: '140.00000000',
    });
    expect(day.day()!.volume.toFixed()).toBe('2400');
    day.forming = bar(40, 140, 300, 10, 141);
    expect(day.day()).toMatchObject({ high: '300.00000000', low: '10.00000000', close: '141.00000000' });
    expect(day.day()!.volume.toFixed()).toBe('2400');
  });
});
