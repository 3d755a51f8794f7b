import { type Asset, asset, type TradingSymbol, tradingSymbol, type UnixMs, unixMs } from '@bot-core/events';

/** Readers for the exchange's answers. An answer that is not what Binance documents is never guessed at. */
export class Unreadable extends Error {
  readonly code = 'unreadable-answer';
  constructor(field: string, value: unknown) {
    super(`the exchange's answer has no readable ${field}: ${JSON.stringify(value) ?? 'undefined'}`);
    this.name = 'Unreadable';
  }
}

export type Row = Readonly<Record<string, unknown>>;

export const rowOf = (value: unknown, what = 'object'): Row => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable(what, value);
  return value as Row; // an object: its fields are read by the functions below, each of which checks
};

export const rowsOf = (value: unknown, what = 'list'): readonly Row[] => {
  if (!Array.isArray(value)) throw new Unreadable(what, value);
  return value.map((row) => rowOf(row, what));
};

const decimal = /^(0|[1-9]\d*)(?:\.(\d+?)0*)?$/;

/** A decimal string without trailing zeros: `0.00120000` is `0.0012`, `12.00000000` is `12`. */
export const canonical = (value: unknown, field: string): string => {
  const parts = typeof value === 'string' ? decimal.exec(value) : null;
  if (!parts) throw new Unreadable(field, value);
  const [, whole = '0', fraction = '0'] = parts;
  return fraction === '0' ? whole : `${whole}.${fraction}`;
};

/** The branded decimal kinds (`Price`, `Quantity`, `Amount`) have this very form. */
export const decimalIn = <Kind extends string>(row: Row, field: string): Kind => canonical(row[field], field) as Kind;

export const textIn = (row: Row, field: string): string => {
  const value = row[field];
  if (typeof value !== 'string' || value === '') throw new Unreadable(field, value);
  return value;
};

/** Ids are strings here: the exchange's integers may be larger than a number holds, and the library gives those as objects. */
export const idIn = (row: Row, field: string): string => {
  const value = row[field];
  const id = typeof value === 'number' && !Number.isSafeInteger(value) ? '' : String(value);
  if (!/^-?\d+$/.test(id)) throw new Unreadable(field, value);
  return id;
};

export const timeIn = (row: Row, field: string): UnixMs => {
  const value = row[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Unreadable(field, value);
  return unixMs(value);
};

export const symbolIn = (row: Row, field: string): TradingSymbol => tradingSymbol(textIn(row, field));
export const assetIn = (row: Row, field: string): Asset => asset(textIn(row, field));

/**
 * Parses JSON and keeps integers beyond 2^53 as their text.
 * @throws {SyntaxError}
 */
export const parseExact = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context
      ? context.source
      : value,
  );
