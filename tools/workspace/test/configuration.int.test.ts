import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { settingsOfApps } from '../src/index.ts';

it('finds the settings of the apps', async () => {
  expect(Object.keys(await settingsOfApps())).toEqual(['executor', 'ingest', 'predictor', 'projector']);
});

it('has a configuration page that says what the settings say', async () => {
  const script = fileURLToPath(new URL('../src/write-configuration.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--check']);
  expect(stdout).toContain('is up to date');
});
