import type { Position } from './port.ts';

/** Digits of an unsigned 64-bit number: with leading zeros, text sorts as numbers do. */
const DIGITS = 20;
const SEPARATOR = '/';

/** Writes a commit and a prepare position as text; they differ only in what servers before version 20 wrote. */
export function positionOf(commit: bigint, prepare: bigint = commit): Position {
  const text = pad(commit) + (prepare === commit ? '' : SEPARATOR + pad(prepare));
  return text as Position; // The only place, with parsePosition, that makes one.
}

/** Reads what {@link positionOf} wrote. @throws {RangeError} when it is something else. */
export function parsePosition(position: string): { commit: bigint; prepare: bigint } {
  const match = /^(\d{20})(?:\/(\d{20}))?$/.exec(position);
  if (!match?.[1])
    throw new RangeError(`event store: '${position}' is no position. Give back what an event or a checkpoint carried.`);
  const commit = BigInt(match[1]);
  return { commit, prepare: match[2] === undefined ? commit : BigInt(match[2]) };
}

const pad = (value: bigint): string => String(value).padStart(DIGITS, '0');
