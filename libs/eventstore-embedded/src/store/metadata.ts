import { NO_EVENTS, TOMBSTONE_REVISION } from './types.ts';

/** What a stream's metadata says of which events a reader may see. Everything else in it is kept but not looked at. */
export interface Retention {
  /** `$maxCount`: the last N events are visible. */
  maxCount?: bigint;
  /** `$maxAge`, in milliseconds. */
  maxAgeMs?: bigint;
  /** `$tb`: events below this revision are hidden; Int64.Max marks a soft-deleted stream. */
  truncateBefore?: bigint;
}

/** The `$tb` of a soft-deleted stream, written by hand because Int64.Max is no JavaScript number. */
export const SOFT_DELETED_METADATA = `{"$tb":${TOMBSTONE_REVISION}}`;

/** Reads the JSON data of a `$metadata` event; what isn't understood counts as unset. */
export function parseRetention(data: Uint8Array): Retention {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return {};
  }
  if (typeof json !== 'object' || json === null) return {};
  const read = (key: string): bigint | undefined => {
    const value: unknown = Reflect.get(json, key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return undefined;
    return value >= Number(TOMBSTONE_REVISION) ? TOMBSTONE_REVISION : BigInt(value);
  };
  const retention: Retention = {};
  const [maxCount, maxAge, truncateBefore] = [read('$maxCount'), read('$maxAge'), read('$tb')];
  if (maxCount !== undefined && maxCount > 0n) retention.maxCount = maxCount;
  if (maxAge !== undefined && maxAge > 0n) retention.maxAgeMs = maxAge * 1_000n;
  if (truncateBefore !== undefined) retention.truncateBefore = truncateBefore;
  return retention;
}

/** The metadata to write when a soft-deleted stream is appended to: everything as it was, `$tb` at the first new event. */
export function undeletedMetadata(data: Uint8Array, firstVisible: bigint): string {
  let kept: object = {};
  try {
    const json: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) kept = json;
  } catch {
    // Not JSON: nothing to keep.
  }
  return JSON.stringify({ ...kept, $tb: Number(firstVisible) });
}

/** The first revision that `retention` lets a reader see in a stream whose last one is `head`. */
export function firstVisible(retention: Retention, head: bigint): bigint {
  let first = 0n;
  if (retention.truncateBefore !== undefined && retention.truncateBefore > first) first = retention.truncateBefore;
  if (retention.maxCount !== undefined && head !== NO_EVENTS && head !== TOMBSTONE_REVISION) {
    const byCount = head - retention.maxCount + 1n;
    if (byCount > first) first = byCount;
  }
  return first;
}
