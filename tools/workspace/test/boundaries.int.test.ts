import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootFolder } from '../src/index.ts';

/**
 * The canary: sources that break a boundary, each at the place where that is forbidden, are linted with the project's own
 * configuration. A rule that no longer bites fails here.
 */
const imports = 'eslint(no-restricted-imports)';
const globals = 'eslint(no-restricted-globals)';
const properties = 'eslint(no-restricted-properties)';

type Case = [place: string, source: string];
const using = (from: string) => `import * as it from '${from}';\nexport const used = it;\n`;
const core = ['libs/events', 'libs/trading', 'libs/features'];

const forbidden: Record<string, [rule: string, ...cases: Case[]]> = {
  'an app that imports an app': [
    imports,
    ['apps/ingest/src', using('@bot-core/executor')],
    ['apps/gateway/src', using('@bot-core/projector/rows')],
    ['apps/ingest/src/deep', using('../../../executor/src/main.ts')],
    ['apps/ingest/src', using('../../executor')],
    ['apps/ingest/test', using('@bot-core/predictor')],
  ],
  'an app that imports a tool': [
    imports,
    ['apps/ingest/src', using('@bot-core/binance-simulator')],
    ['apps/ingest/src', using('../../../tools/embedded')],
    ['apps/ingest/test', using('@bot-core/runner')],
  ],
  'a library that imports an app or a tool': [
    imports,
    ['libs/exchange/src', using('@bot-core/ingest')],
    ['libs/exchange/src', using('../../../apps/ingest')],
    ['libs/exchange/src', using('@bot-core/binance-simulator')],
    ['libs/events/src', using('@bot-core/embedded/nats')],
    ['libs/events/src', using('@bot-core/predictor')],
    ['libs/jetstream/src', using('@bot-core/embedded')],
    ['libs/jetstream/test', using('@bot-core/paper')],
  ],
  'a tool that imports an app': [imports, ['tools/runner/src', using('@bot-core/executor')]],
  'a library other than jetstream that imports Nest': [
    imports,
    ...['event-store', 'exchange', 'service', 'events', 'trading', 'features'].map((lib): Case => [
      `libs/${lib}/src`,
      using('@nestjs/common'),
    ]),
  ],
  "a reach into another package's files": [
    imports,
    ['libs/exchange/src', using('../../events/src/ids.ts')],
    ['apps/ingest/test', using('../../../libs/events/src/index.ts')],
    ['tools/runner/src', using('../../embedded/src/nats.ts')],
  ],
  'a core that touches the machine': [
    imports,
    ...core.flatMap((lib): Case[] => [
      [`${lib}/src`, using('node:fs')],
      [`${lib}/src`, using('crypto')],
      [`${lib}/src`, using('fs/promises')],
      [`${lib}/src`, `export const late = () => import('node:os');\n`],
    ]),
  ],
  'a core that imports a library of the shell': [
    imports,
    ...core.flatMap((lib): Case[] => [
      [`${lib}/src`, using('@bot-core/service')],
      [`${lib}/src/deep`, using('@bot-core/event-store/memory')],
    ]),
  ],
  'a core that reads a clock, waits or has effects': [
    globals,
    ...core.flatMap((lib) =>
      ['Date.now()', 'new Date()', 'performance.now()', 'setTimeout(String)', 'process.env', 'console.log()'].map(
        (expression): Case => [`${lib}/src`, `export const told = () => ${expression};\n`],
      ),
    ),
  ],
  'a core that draws lots or goes round by globalThis': [
    properties,
    ...core.flatMap((lib): Case[] => [
      [`${lib}/src`, 'export const drawn = () => Math.random();\n'],
      [`${lib}/src`, 'export const told = () => globalThis.Date;\n'],
    ]),
  ],
  'the message codec, which may use Date as a calendar, with a clock': [
    properties,
    ['libs/events/src/message.ts', 'export const now = () => Date.now();\n'],
  ],
};

const allowed: Case[] = [
  ['apps/ingest/src', using('@bot-core/events') + using('@nestjs/common').replaceAll(/it|used/g, '$&2')],
  ['apps/ingest/test', using('@bot-core/binance-simulator')],
  ['apps/ingest/test', using('../src/settings.ts')],
  ['libs/jetstream/src', using('@nestjs/microservices')],
  ['libs/jetstream/test', using('@bot-core/embedded/nats')],
  ['libs/exchange/src', using('node:crypto')],
  ['libs/service/src', 'export const now = () => Date.now();\n'],
  ['libs/features/src', using('@bot-core/trading')],
  ['libs/trading/src/orders', using('../money/decimal.ts')],
  ['libs/trading/test', `${using('node:fs')}export const now = () => Date.now();\n`],
  ['libs/trading/src/money.unit.test.ts', 'export const drawn = () => Math.random();\n'],
  ['tools/runner/src', using('@bot-core/embedded/nats')],
];

let folder: string;
const placed = new Map<string, Case>();
const pathOf = ([place]: Case, index: number) => (place.endsWith('.ts') ? place : join(place, `case-${index}.ts`));
const all = [...Object.values(forbidden).flatMap(([, ...cases]) => cases), ...allowed];

interface Finding {
  readonly code: string;
  readonly filename: string;
}

/** What oxlint finds, as `file: rule`, whatever folder it is started in. */
const lint = (cwd: string, args: string[]): Promise<Finding[]> =>
  new Promise((resolve, reject) => {
    const oxlint = join(rootFolder, 'node_modules', '.bin', 'oxlint');
    execFile(oxlint, ['--format', 'json', ...args], { cwd, maxBuffer: 1e8 }, (_error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics);
      } catch {
        reject(new Error(`oxlint did not answer with JSON: ${stdout}${stderr}`));
      }
    });
  });

let findings: Finding[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  copyFileSync(join(rootFolder, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [index, one] of all.entries()) {
    const path = pathOf(one, index);
    placed.set(path, one);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), one[1]);
  }
  findings = await lint(folder, []);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rulesAt = (one: Case) => {
  const path = pathOf(one, all.indexOf(one));
  return findings.filter(({ filename }) => filename === path).map(({ code }) => code);
};

const rows = (cases: readonly Case[]) => cases.map((one) => ({ one, place: one[0], source: one[1].split('\n')[0] }));

describe.each(Object.entries(forbidden))('the linter catches %s', (_what, [rule, ...cases]) => {
  it.each(rows(cases))('$place: $source', ({ one }) => expect(rulesAt(one)).toContain(rule));
});

describe('the linter lets pass', () => {
  it.each(rows(allowed))('$place: $source', ({ one }) => expect(rulesAt(one)).toEqual([]));
});

it.each(['apps/ingest', 'libs/trading'])('the linter finds the same when it is started in %s', async (place) => {
  const there = await lint(join(folder, place), ['-c', '../../.oxlintrc.json', '.']);
  const keys = (found: Finding[], prefix: string) =>
    found.map(({ code, filename }) => `${prefix}${filename}: ${code}`).sort();
  const fromRoot = findings.filter(({ filename }) => filename.startsWith(`${place}/`));
  expect(fromRoot.length).toBeGreaterThan(0);
  expect(keys(there, `${place}/`)).toEqual(keys(fromRoot, ''));
});
