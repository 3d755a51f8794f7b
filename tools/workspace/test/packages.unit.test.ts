import { describe, expect, it } from 'vitest';
import { referencesOf, workspacePackages } from '../src/index.ts';

const [root, ...packages] = workspacePackages();
const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));

describe('the workspace', () => {
  it('builds every package from the root tsconfig', () => {
    expect([...(root?.references ?? [])].sort()).toEqual(packages.map(({ folder }) => folder));
    expect(packages.length).toBeGreaterThan(15);
  });

  it('has one version of each third-party dependency', () => {
    const versions = new Map<string, Map<string, string[]>>();
    for (const { name, dependencies } of workspacePackages()) {
      for (const [dependency, version] of Object.entries(dependencies)) {
        const users = versions.get(dependency) ?? new Map<string, string[]>();
        users.set(version, [...(users.get(version) ?? []), name]);
        versions.set(dependency, users);
      }
    }
    const disagreed = [...versions].filter(([, users]) => users.size > 1);
    expect(disagreed.map(([dependency, users]) => ({ dependency, versions: Object.fromEntries(users) }))).toEqual([]);
  });
});

describe.each(packages)('$folder', ({ name, folder, exports, dependencies, references }) => {
  const internal = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@bot-core/'));

  it('is called after its folder', () => {
    expect(name).toBe(`@bot-core/${folder.split('/').at(-1)}`);
  });

  it('refers in tsconfig.json to the packages that it depends on, and to no other', () => {
    const wanted = internal.map((dependency) => folderOf.get(dependency) ?? `${dependency} (not in this workspace)`);
    expect([...references].sort()).toEqual(wanted.sort());
    expect(referencesOf(folder)).toEqual(references);
  });

  it('depends on no app', () => {
    expect(internal.filter((dependency) => folderOf.get(dependency)?.startsWith('apps/'))).toEqual([]);
  });

  it('says in an exports map what is public; an app exports nothing', () => {
    expect(exports?.['.'] ?? 'nothing').toMatch(folder.startsWith('apps/') ? /^nothing$/ : /^\.\/src\/.+\.ts$/);
  });
});
