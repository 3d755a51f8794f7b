import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const rootFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** A package of the workspace as its own files describe it. */
export interface WorkspacePackage {
  readonly name: string;
  /** From the root, for example `libs/events`. */
  readonly folder: string;
  readonly exports: Readonly<Record<string, string>> | undefined;
  /** Of every kind, by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** The folders, from the root, that its tsconfig.json refers to. */
  readonly references: readonly string[];
}

interface Manifest {
  name: string;
  workspaces?: string[];
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Reads a JSON file of the workspace. */
export const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(rootFolder, path), 'utf8')) as T;

export const referencesOf = (folder: string): string[] => {
  const { references = [] } = readJson<{ references?: { path: string }[] }>(join(folder, 'tsconfig.json'));
  return references.map(({ path }) => relative(rootFolder, resolve(rootFolder, folder, path)));
};

/** Every package of the workspace, and the root itself (folder '' ), sorted by folder. */
export const workspacePackages = (): WorkspacePackage[] => {
  const { workspaces = [] } = readJson<Manifest>('package.json');
  const folders = globSync(workspaces, { cwd: rootFolder }).filter((folder) =>
    existsSync(join(rootFolder, folder, 'package.json')),
  );
  return ['', ...folders.sort()].map((folder) => {
    const manifest = readJson<Manifest>(join(folder, 'package.json'));
    return {
      name: manifest.name,
      folder,
      exports: manifest.exports,
      dependencies: {
        ...manifest.optionalDependencies,
        ...manifest.peerDependencies,
        ...manifest.devDependencies,
        ...manifest.dependencies,
      },
      references: referencesOf(folder),
    };
  });
};
