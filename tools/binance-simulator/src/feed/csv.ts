import { parse } from 'csv-parse/sync';
import { dec, type Dec } from '../decimal.ts';
import type { Candle } from './candle.ts';

const eightDecimals = /^\d+\.\d{8}$/;
const pad8 = (value: string): string => (eightDecimals.test(value) ? value : dec(value).toFixed(8));
/** Binance's own files switched to microseconds in 2025. */
const toMs = (time: number): number => (time > 1e14 ? Math.floor(time / 1000) : time);

const half = (value: Dec): string => value.div(2).toFixed(8);

/**
 * Fills in what a file of six columns does not say, always the same way: the quote volume is the volume at the mean of the
 * four prices, a trade is 10,000 quote on average, half of the volume was taken by buyers.
 */
export const completeCandle = (
  bar: Pick<Candle, 'openTime' | 'closeTime' | 'open' | 'high' | 'low' | 'close' | 'volume'>,
): Candle => {
  const volume = dec(bar.volume);
  const mean = dec(bar.open).plus(bar.high).plus(bar.low).plus(bar.close).div(4);
  const quoteVolume = volume.times(mean);
  return {
    ...bar,
    quoteVolume: quoteVolume.toFixed(8),
    trades: volume.isZero() ? 0 : Math.max(1, quoteVolume.div(10_000).round().toNumber()),
    takerBase: half(volume),
    takerQuote: half(quoteVolume),
  };
};

const rowError = (row: number, name: string, fault: string): Error =>
  new Error(`simulator: row ${row} of ${name}: ${fault}`);

/**
 * Candles from CSV text: `openTime,open,high,low,close,volume` (ms, with or without a header), or the twelve columns of
 * Binance's own kline files. Rows must be in order of time; a missing bar is a time at which the exchange had none.
 *
 * @param intervalMs length of a bar; the shortest distance between two rows where it is not known.
 * @throws Error that names the row when one cannot be a candle.
 */
export const candlesOfCsv = (text: string, name: string, intervalMs?: number): Candle[] => {
  const rows: string[][] = parse(text, { skip_empty_lines: true, relax_column_count: true, trim: true });
  const body = rows.length > 0 && Number.isNaN(Number(rows[0]![0])) ? rows.slice(1) : rows;
  const headerRows = rows.length - body.length;
  const times = body.map((row) => toMs(Number(row[0])));
  const length = intervalMs ?? shortestDistance(times);
  // Weeks begin on a Monday and so on no multiple of seven days since 1970; a day's alignment is enough for all long bars.
  const alignment = Math.min(length, 86_400_000);
  return body.map((row, index) => {
    const line = index + 1 + headerRows;
    const openTime = times[index]!;
    if (!Number.isSafeInteger(openTime)) throw rowError(line, name, `open time ${row[0]} is not a number of ms`);
    if (index > 0 && openTime < times[index - 1]! + length)
      throw rowError(line, name, 'opens before the row before it has closed');
    if (openTime % alignment !== 0)
      throw rowError(line, name, `open time ${row[0]} does not begin a bar of ${length} ms`);
    if (row.length < 6) throw rowError(line, name, `has ${row.length} columns, at least 6 are needed`);
    const [open, high, low, close, volume] = row.slice(1, 6).map((cell) => {
      if (!/^\d+(\.\d+)?$/.test(cell)) throw rowError(line, name, `'${cell}' is not a decimal number`);
      return pad8(cell);
    }) as [string, string, string, string, string];
    const numbers = { open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
    if (numbers.low > Math.min(numbers.open, numbers.close) || numbers.high < Math.max(numbers.open, numbers.close))
      throw rowError(line, name, 'low or high does not enclose open and close');
    const bar = { openTime, closeTime: openTime + length - 1, open, high, low, close, volume };
    if (row.length < 11) return completeCandle(bar);
    return {
      ...bar,
      quoteVolume: pad8(row[7]!),
      trades: Number(row[8]),
      takerBase: pad8(row[9]!),
      takerQuote: pad8(row[10]!),
    };
  });
};

const shortestDistance = (times: readonly number[]): number => {
  let shortest = Infinity;
  for (let index = 1; index < times.length; index += 1)
    shortest = Math.min(shortest, times[index]! - times[index - 1]!);
  if (!Number.isFinite(shortest)) throw new Error('simulator: name the interval; one candle does not tell it');
  return shortest;
};
