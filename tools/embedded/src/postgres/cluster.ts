import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

export const superuser = 'botcore';

export interface Cluster {
  /** PostgreSQL's own data folder. */
  readonly folder: string;
  readonly password: string;
}

/**
 * The database cluster in `dataDir`, made at the first call. It appears whole or not at all: a start killed in the middle
 * of it begins again.
 * @throws {Error} when the folder was made by another major version.
 */
export const openCluster = async (dataDir: string, binaries: PostgresBinaries, account: Account): Promise<Cluster> => {
  const folder = join(dataDir, 'cluster');
  const passwordFile = join(dataDir, 'password');
  if (!existsSync(folder)) await makeCluster(folder, passwordFile, binaries, account);
  const madeBy = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  if (madeBy !== binaries.majorVersion)
    throw new Error(
      `postgres: ${folder} was made by PostgreSQL ${madeBy}; this is ${binaries.majorVersion}. ` +
        'Move the folder away (read models are rebuilt from the ledger), or bring it over with pg_upgrade.',
    );
  return { folder, password: (await readFile(passwordFile, 'utf8')).trim() };
};

const makeCluster = async (
  folder: string,
  passwordFile: string,
  binaries: PostgresBinaries,
  account: Account,
): Promise<void> => {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await account.own(unfinished);
  await writeFile(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
  await account.own(passwordFile);
  const initdb = account.spawn(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ],
    ['ignore', 'ignore', 'pipe'],
  );
  let said = '';
  initdb.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve, reject) => initdb.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`postgres: initdb could not make ${folder}: ${said.trim()}`);
  await rename(unfinished, folder);
};
