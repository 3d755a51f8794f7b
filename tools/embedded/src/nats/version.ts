import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Older ones ignore `term`, `sync_interval` and several filter subjects without saying so. */
export const minimumVersion = '2.10.0';

/** The version a binary reports, such as `2.15.1`; undefined where it does not run or is something else. */
export const versionOf = async (binary: string): Promise<string | undefined> => {
  try {
    const { stdout } = await run(binary, ['--version'], { timeout: 5_000 });
    return /nats-server: v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
};

export const isRecentEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = minimumVersion.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
};
