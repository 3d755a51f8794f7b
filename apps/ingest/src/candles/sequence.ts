import { type UnixMs, unixMs } from '@bot-core/events';

/** What is to be done with candles, given the newest one that is stored. Pure; times in milliseconds, `step` is the interval. */

export type Judgement =
  | { readonly act: 'publish' }
  /** It is stored already. */
  | { readonly act: 'ignore' }
  /** Candles with openTime `from` … `to`, both included, lie between the newest stored one and this one. */
  | { readonly act: 'repair'; readonly from: UnixMs; readonly to: UnixMs };

/** `last`: openTime of the newest stored candle, null where none is. */
export const judge = (last: UnixMs | null, openTime: UnixMs, step: number): Judgement => {
  if (last === null) return { act: 'publish' };
  if (openTime <= last) return { act: 'ignore' };
  const from = unixMs(last + step);
  const to = unixMs(openTime - step);
  return from > to ? { act: 'publish' } : { act: 'repair', from, to };
};

export interface Hole {
  readonly firstOpenTime: UnixMs;
  readonly lastOpenTime: UnixMs;
  readonly count: number;
}

export type Step<Candle> =
  { readonly kind: 'candle'; readonly candle: Candle } | { readonly kind: 'hole'; readonly hole: Hole };

/** The candles between two others; null when there is none. */
export const holeBetween = (before: UnixMs, after: UnixMs, step: number): Hole | null => {
  const count = Math.ceil((after - before) / step) - 1;
  if (count < 1) return null;
  return { firstOpenTime: unixMs(before + step), lastOpenTime: unixMs(before + count * step), count };
};

/**
 * What the exchange answered, as steps in order of openTime: what is stored already is left out, what the exchange itself does
 * not have is a hole. Nothing is a hole before the first candle ever or after the last one told: more may come.
 */
export const inOrder = <Candle extends { readonly openTime: UnixMs }>(
  last: UnixMs | null,
  candles: readonly Candle[],
  step: number,
): Step<Candle>[] => {
  const steps: Step<Candle>[] = [];
  let newest = last;
  for (const candle of [...candles].sort((a, b) => a.openTime - b.openTime)) {
    if (newest !== null && candle.openTime <= newest) continue;
    const hole = newest === null ? null : holeBetween(newest, candle.openTime, step);
    if (hole) steps.push({ kind: 'hole', hole });
    steps.push({ kind: 'candle', candle });
    newest = candle.openTime;
  }
  return steps;
};

/** Is the candle after `last` overdue at `now`, with `graceMs` for its way here? */
export const isOverdue = (last: UnixMs | null, now: UnixMs, step: number, graceMs: number): boolean =>
  last !== null && now > last + 2 * step + graceMs;
