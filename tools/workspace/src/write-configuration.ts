/**
 * Writes docs/generated/configuration.md from the settings that the apps declare.
 *
 *   node tools/workspace/src/write-configuration.ts [--check]
 *
 * With --check nothing is written: exit code 1 when the page is not what the settings say.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configurationPage, renderConfiguration } from './configuration.ts';
import { rootFolder } from './packages.ts';

const page = join(rootFolder, configurationPage);
const rendered = await renderConfiguration();
const current = existsSync(page) ? readFileSync(page, 'utf8') : undefined;

if (current === rendered) console.log(`${configurationPage} is up to date.`);
else if (process.argv.includes('--check')) {
  console.error(`${configurationPage} is not what the settings say. Run \`npm run docs:generate\`.`);
  process.exitCode = 1;
} else {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, rendered);
  console.log(`${configurationPage} written.`);
}
