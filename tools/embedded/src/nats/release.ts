import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const version = '2.10.26';
/** SHA-256 of `nats-server-v<version>-<platform>.tar.gz`, from the release's SHA256SUMS. */
const checksums: Readonly<Record<string, string>> = {
  'linux-amd64': '6cbac67107e69c9e5a352d6f1555027f9da6a6b3fa81cceafefa9598b4451512',
  'linux-arm64': 'aba1b169f18d4441b4b5d760805c562dccc57b425a7a213a82753a2269a27235',
  'darwin-amd64': 'c90e94a1a9537304ab59f9056baca6a3138d17c13d7fe218ccbbd24ca08ee8e9',
  'darwin-arm64': 'b1e2fd61507703ee81b0b2c1c35894beeebf908ddc7a4a5b7928aca438f716e6',
};

/**
 * Takes the project's own build, by version and checksum.
 * @returns the binary inside `folder`. @throws {Error} where there is no build for this platform, no network, or the
 * checksum is another.
 */
export const fetchRelease = async (folder: string, download: typeof fetch = fetch): Promise<string> => {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const expected = checksums[platform];
  if (!expected) throw new Error(`no build is pinned for ${platform}`);
  const name = `nats-server-v${version}-${platform}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${version}/${name}.tar.gz`;
  const archive = await bytesOf(url, download);
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== expected) throw new Error(`${url} has the SHA-256 ${found} instead of ${expected}`);
  const path = join(folder, `${name}.tar.gz`);
  await writeFile(path, archive);
  await run('tar', ['-xzf', path, '-C', folder]);
  return join(folder, name, 'nats-server');
};

const bytesOf = async (url: string, download: typeof fetch): Promise<Buffer> => {
  try {
    const response = await download(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${url} can't be had: ${(error as Error).message}`, { cause: error });
  }
};
