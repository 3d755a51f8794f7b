import type { JsonObject, JsonValue } from '@bot-core/events';
import { Decimal } from '../money/decimal.ts';
import type { Portfolio } from './state.ts';

/** Raise it when the shape or the meaning of the state changes: older snapshots are then passed over. */
export const snapshotVersion = 1;

const mapKey = '$map';
const decimalKey = '$decimal';

/** The state as JSON. Maps become lists of entries, decimals exact strings. */
export const toSnapshot = (state: Portfolio): JsonObject => encode(state) as JsonObject;

/** The state that `toSnapshot` of the same version wrote. */
export const fromSnapshot = (snapshot: JsonObject): Portfolio => decode(snapshot) as Portfolio;

const encode = (value: unknown): JsonValue => {
  if (value instanceof Decimal) return { [decimalKey]: value.toFixed() };
  if (value instanceof Map) return { [mapKey]: [...value].map((entry) => entry.map(encode)) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, encode(field)]));
  return value as string | number | boolean | null; // all that is left in a state of plain data
};

const decode = (value: JsonValue | undefined): unknown => {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as JsonObject;
  if (typeof fields[decimalKey] === 'string') return new Decimal(fields[decimalKey]);
  if (mapKey in fields) return new Map(decode(fields[mapKey]) as [unknown, unknown][]);
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, decode(field)]));
};
