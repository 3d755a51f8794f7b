export { configurationPage, renderConfiguration, settingsOfApps } from './configuration.ts';
export { readJson, referencesOf, rootFolder, workspacePackages, type WorkspacePackage } from './packages.ts';
