import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Adds to package-lock.json the optional platform builds that the registry in use did not have when the lock was written, so that
 * `npm ci` accepts the lock everywhere and a machine of another platform gets its build. Run it after `npm install`.
 */
interface Locked {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const file = new URL('../../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> };

const systems = ['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x'];

const added: string[] = [];
for (const { optionalDependencies = {} } of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    const words = name.split(/[/-]/);
    const os = systems.filter((system) => words.includes(system));
    if (path in lock.packages || os.length === 0) continue;
    const cpu = processors.filter((processor) => words.includes(processor));
    const libc = words.includes('musl') ? { libc: ['musl'] } : {};
    const entry = { version, cpu, dev: true, optional: true, os, ...libc };
    lock.packages[path] = entry;
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`package-lock.json: ${added.length} platform builds added\n`);
