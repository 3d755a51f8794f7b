import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs PostgreSQL's programs as somebody who may: the server refuses to run as root. */
export interface Account {
  spawn(program: string, args: readonly string[], stdio: StdioOptions): ChildProcess;
  /** Makes a file or folder the account's own. */
  own(path: string): Promise<void>;
}

const ourselves: Account = {
  spawn: (program, args, stdio) => spawn(program, args, { stdio, detached: true }),
  own: async () => undefined,
};

/**
 * Ourselves, unless we are root: then the system account `postgres`, made if there is none. Where that account could not
 * reach one of `paths` (a project below /root, a data folder in a private temporary folder), it gets the right to pass.
 * @throws {Error} when root cannot make the account or give it that right.
 */
export const accountFor = async (paths: readonly string[]): Promise<Account> => {
  if (process.getuid?.() !== 0) return ourselves;
  const { uid, gid } = await postgresUser();
  const own = (path: string) => chown(path, uid, gid);
  if (await everybodyReaches(paths))
    return { own, spawn: (program, args, stdio) => spawn(program, args, { stdio, detached: true, uid, gid }) };
  const setpriv = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup', // access(2) would ignore the right otherwise
  ];
  await run('setpriv', [...setpriv, '/bin/true']).catch((error: Error) => {
    throw new Error(
      `postgres: the account \`postgres\` cannot reach ${paths.join(' or ')}, because a folder above is closed to others, ` +
        `and setpriv could not open the way (${error.message.trim()}). Move the folder, or run as a user who is not root.`,
    );
  });
  return {
    own,
    spawn: (program, args, stdio) => spawn('setpriv', [...setpriv, program, ...args], { stdio, detached: true }),
  };
};

const postgresUser = async (): Promise<{ uid: number; gid: number }> => {
  const ids = () =>
    Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout.trim())));
  const [uid, gid] = await ids()
    .catch(async () => {
      await run('groupadd', ['-f', '--system', 'postgres']);
      await run('useradd', ['--system', '-g', 'postgres', 'postgres']);
      return ids();
    })
    .catch((error: Error) => {
      throw new Error(
        `postgres: it does not run as root, and an account \`postgres\` for it could not be made (${error.message.trim()}). ` +
          'Make one with `useradd --system postgres`, or run as a user who is not root.',
      );
    });
  if (!uid || !gid) throw new Error('postgres: the account `postgres` has the ids of root. Give it ids of its own.');
  return { uid, gid };
};

const everybodyReaches = async (paths: readonly string[]): Promise<boolean> => {
  for (const path of paths)
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      if (((await stat(folder)).mode & 0o001) === 0) return false;
      if (folder === dirname(folder)) break;
    }
  return true;
};
