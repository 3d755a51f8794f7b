import { execFile } from 'node:child_process';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Takes the package from Debian testing with apt lists, cache and sources of its own, so that the host's are untouched,
 * and unpacks it without installing. Needs no root. apt checks the archive's signature and the package's checksum.
 * @returns the binary inside `folder`. @throws {Error} where there is no apt-get, no Debian keyring or no way to the archive.
 */
export const fetchFromDebian = async (folder: string): Promise<string> => {
  await Promise.all(['apt-get', 'dpkg'].map(present));
  await access(keyring).catch(() => {
    throw new Error(`${keyring} is missing (package debian-archive-keyring)`);
  });
  for (const name of ['lists/partial', 'cache/archives/partial', 'unpacked'])
    await mkdir(join(folder, name), { recursive: true });
  const sources = join(folder, 'sources.list');
  await writeFile(sources, `deb [signed-by=${keyring}] http://deb.debian.org/debian testing main\n`);
  const apt = (...command: string[]) =>
    run(
      'apt-get',
      [...command, ...Object.entries(settings(folder, sources)).flatMap(([k, v]) => ['-o', `${k}=${v}`])],
      {
        cwd: folder,
        timeout: 120_000,
      },
    );
  await apt('update');
  await apt('download', 'nats-server');
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error('apt-get downloaded no package');
  await run('dpkg', ['-x', join(folder, archive), join(folder, 'unpacked')]);
  return join(folder, 'unpacked', 'usr', 'sbin', 'nats-server');
};

const present = async (command: string): Promise<void> => {
  await run(command, ['--version']).catch(() => {
    throw new Error(`no ${command} here`);
  });
};

const settings = (folder: string, sources: string) => ({
  'Dir::Etc::sourcelist': sources,
  'Dir::Etc::sourceparts': '/dev/null',
  'Dir::State::lists': join(folder, 'lists'),
  'Dir::Cache': join(folder, 'cache'),
  'Acquire::Languages': 'none',
  'Acquire::http::Timeout': '20',
  // Only root drops its rights for a download, and then cannot write here.
  ...(process.getuid?.() === 0 && { 'APT::Sandbox::User': 'root' }),
});
