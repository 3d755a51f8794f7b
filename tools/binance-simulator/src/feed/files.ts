import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync, strFromU8, unzipSync } from 'fflate';
import { type Candle, intervals } from './candle.ts';
import { candlesOfCsv } from './csv.ts';

export interface CandleFile {
  readonly symbol: string;
  readonly interval: string;
  readonly candles: readonly Candle[];
}

const textOf = (bytes: Uint8Array, name: string): string => {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return strFromU8(gunzipSync(bytes));
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return strFromU8(bytes);
  const entry = Object.entries(unzipSync(bytes)).find(([path]) => path.endsWith('.csv'));
  if (!entry) throw new Error(`simulator: ${name} is a ZIP without a .csv in it`);
  return strFromU8(entry[1]);
};

/**
 * Reads a candle file: CSV, gzip of it, or a ZIP with one CSV. Symbol and interval come from the file's name
 * (`BTCUSDT-1h.csv.gz`, `BTCUSDT-1m-2024-01.zip`) where they are not given.
 *
 * @throws Error saying what to name when the file name does not tell it.
 */
export const readCandles = async (
  path: string,
  given: { symbol?: string | undefined; interval?: string | undefined } = {},
): Promise<CandleFile> => {
  const name = basename(path);
  const parts = /^([A-Z0-9]+)-(\d+[smhdwM])/.exec(name);
  const symbol = given.symbol ?? parts?.[1];
  if (!symbol) throw new Error(`simulator: which symbol is in ${name}? Say SYMBOL=${name} or name it in the options`);
  const text = textOf(await readFile(path), name);
  const named = given.interval ?? parts?.[2];
  if (named && intervals[named] === undefined)
    throw new Error(`simulator: interval ${named} of ${name} is not one of ${Object.keys(intervals).join(', ')}`);
  const candles = candlesOfCsv(text, name, named ? intervals[named] : undefined);
  const first = candles[0];
  if (!first) throw new Error(`simulator: ${name} has no candles`);
  const length = first.closeTime - first.openTime + 1;
  const interval = named ?? Object.keys(intervals).find((key) => intervals[key] === length);
  if (!interval) throw new Error(`simulator: candles of ${length} ms in ${name} are of no interval that Binance has`);
  return { symbol, interval, candles };
};
