import type { Finding } from './apply.ts';

/** Findings as a table, and for what is not as declared a line per setting. */
export const findingsTable = (findings: readonly Finding[]): string => {
  const rows = findings.flatMap(({ kind, name, status, differences }) => [
    [kind, name, status, '', '', ''],
    ...differences.map(({ setting, declared, found }) => ['', '', '', setting, declared, found]),
  ]);
  const table = [['KIND', 'NAME', 'STATUS', 'SETTING', 'DECLARED', 'FOUND'], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
