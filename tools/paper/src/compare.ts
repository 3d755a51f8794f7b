import { type Decimal, zero } from '@bot-core/trading';

type Cell = string | number | null | Decimal;
/** A row as text, so that rows of two sources can be compared. */
export const row = (...cells: readonly Cell[]): string =>
  cells.map((cell) => (typeof cell === 'object' && cell ? cell.toFixed() : String(cell))).join(' ');

/** Two lists without regard to order; what one has more often than the other is a difference. */
export const compareLists = (what: string, expected: readonly string[], found: readonly string[]): string[] => {
  const left = countOf(expected);
  for (const item of found) left.set(item, (left.get(item) ?? 0) - 1);
  return [...left]
    .filter(([, count]) => count !== 0)
    .map(([item, count]) => `${what} ${item} is ${count > 0 ? 'missing' : 'too much'}`);
};

const countOf = (items: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

/** Two sets of amounts by asset, to the last digit. */
export const compareAmounts = (
  what: string,
  expected: ReadonlyMap<string, Decimal>,
  found: ReadonlyMap<string, Decimal>,
): string[] =>
  [...new Set([...expected.keys(), ...found.keys()])]
    .map((asset) => ({ asset, a: expected.get(asset) ?? zero, b: found.get(asset) ?? zero }))
    .filter(({ a, b }) => !a.eq(b))
    .map(({ asset, a, b }) => `${what} ${asset}: ${a.toFixed()} expected, ${b.toFixed()} found`);
