import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { asyncApi, jsonSchemas } from './src/documents.ts';

/** Writes the contract's documents to docs/generated, or with `--check` fails when they are not what would be written. */
const folder = new URL('../../docs/generated/', import.meta.url);
const documents = {
  'schemas.json': `${JSON.stringify(jsonSchemas(), null, 2)}\n`,
  'asyncapi.yaml': stringify(asyncApi(), { aliasDuplicateObjects: false }),
};

const check = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(documents)) {
  const file = new URL(name, folder);
  if (!check) writeFileSync(file, content);
  else if (readFileSync(file, 'utf8') !== content) {
    process.stderr.write(`docs/generated/${name} is not what libs/events says. Run \`npm run docs:generate\`.\n`);
    process.exitCode = 1;
  }
}
