import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchFromDebian } from './debian.ts';
import { withLock } from './lock.ts';
import { fetchRelease } from './release.ts';
import { isRecentEnough, minimumVersion, versionOf } from './version.ts';

export interface LocatedNatsServer {
  readonly path: string;
  readonly version: string;
}

const repositoryTools = fileURLToPath(new URL('../../../../.tools', import.meta.url));
const usualFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

/**
 * Finds a nats-server of at least `minimumVersion` on the PATH or under `.tools/`; else puts one under `.tools/`, from
 * Debian's archive where there is `apt-get`, else from the official release. Processes that ask at once install once.
 * @throws {Error} saying what was tried and what to do, where none can be had.
 */
export const locateNatsServer = async (tools = repositoryTools): Promise<LocatedNatsServer> => {
  const home = join(tools, 'nats-server');
  const found = (await onThePath()) ?? (await installedIn(home));
  if (found) return found;
  await mkdir(tools, { recursive: true });
  return withLock(
    join(tools, 'nats-server.lock'),
    async () => (await installedIn(home)) ?? (await install(tools, home)),
  );
};

const onThePath = async (): Promise<LocatedNatsServer | undefined> => {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...usualFolders].filter(Boolean);
  for (const folder of new Set(folders)) {
    const located = await usable(join(folder, 'nats-server'));
    if (located) return located;
  }
  return undefined;
};

const installedIn = async (home: string): Promise<LocatedNatsServer | undefined> => {
  const versions = await readdir(home).catch(() => []);
  for (const version of versions.sort().reverse()) {
    const located = await usable(join(home, version, 'nats-server'));
    if (located) return located;
  }
  return undefined;
};

const usable = async (path: string): Promise<LocatedNatsServer | undefined> => {
  const version = await versionOf(path);
  return version !== undefined && isRecentEnough(version) ? { path, version } : undefined;
};

/** Fetched into a folder beside the final one and moved there whole, so that nobody ever sees half a server. */
const install = async (tools: string, home: string): Promise<LocatedNatsServer> => {
  const failures: string[] = [];
  for (const [source, fetchInto] of [
    ["Debian's archive", fetchFromDebian],
    ['the official release', fetchRelease],
  ] as const) {
    const workFolder = await mkdtemp(join(tools, 'nats-server-'));
    try {
      const binary = await fetchInto(workFolder);
      const located = await usable(binary);
      if (!located) throw new Error(`what was fetched does not run here as nats-server ${minimumVersion} or later`);
      await mkdir(join(home, located.version), { recursive: true });
      const path = join(home, located.version, 'nats-server');
      await rename(binary, path);
      return { path, version: located.version };
    } catch (error) {
      failures.push(`  ${source}: ${(error as Error).message.trim()}`);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
  throw new Error(
    `embedded: no nats-server of version ${minimumVersion} or later on the PATH or in ${home}, and none could be installed:\n` +
      `${failures.join('\n')}\n` +
      `  Install one yourself (macOS: brew install nats-server; else https://nats.io/download) so that it is on the PATH,\n` +
      `  or set NATS_URL to a running server.`,
  );
};
