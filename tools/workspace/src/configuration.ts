import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configurationTable, type Settings } from '@bot-core/service';
import { rootFolder } from './packages.ts';

/** Where the generated page lies, from the root. */
export const configurationPage = 'docs/generated/configuration.md';

/**
 * The settings of every app, from its `src/settings.ts`.
 * @throws {Error} naming an app whose settings file does not export `<app>Settings`
 */
export const settingsOfApps = async (): Promise<Record<string, Settings>> => {
  const services: Record<string, Settings> = {};
  for (const app of readdirSync(join(rootFolder, 'apps')).sort()) {
    const file = join(rootFolder, 'apps', app, 'src', 'settings.ts');
    if (!existsSync(file)) continue;
    const exported = (await import(pathToFileURL(file).href)) as Record<string, Settings>;
    const settings = exported[`${app}Settings`];
    if (!settings) throw new Error(`workspace: apps/${app}/src/settings.ts must export ${app}Settings.`);
    services[app] = settings;
  }
  return services;
};

/** The configuration page as Markdown. */
export const renderConfiguration = async (): Promise<string> =>
  [
    '<!-- Generated from the settings that the services declare: npm run docs:generate -->',
    '',
    '# Configuration',
    '',
    'Every service reads its configuration from the environment, once, when it starts; all faults are reported together.',
    '',
    configurationTable(await settingsOfApps()),
  ].join('\n');
