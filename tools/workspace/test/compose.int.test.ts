import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type Setting, type Settings } from '@bot-core/service';
import { describe, expect, it } from 'vitest';
import { rootFolder, settingsOfApps } from '../src/index.ts';
import { type ComposeService, composeText, readComposeFile, readStages } from './compose-file.ts';

const compose = readComposeFile();
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
const apps = ['ingest', 'predictor', 'executor', 'projector'];
const dockerfile = 'infra/docker/Dockerfile';
const stages = readStages(dockerfile);
const example = parseEnv(readFileSync(join(rootFolder, '.env.example'), 'utf8'));
const inRoot = (path: string) => existsSync(join(rootFolder, path));
const volumesOf = (service: ComposeService) => (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
const runsOnce = (service: ComposeService) => service.restart === 'no';

describe('docker-compose.yml', () => {
  it('has the bus, the ledger, the database and the services', () => {
    const names = services.map(({ name }) => name);
    expect(names.sort()).toEqual(['eventstore', 'nats', 'nats-setup', 'postgres', ...apps].sort());
  });

  it('declares every volume and network that is used, and uses every one that is declared', () => {
    const named = services.flatMap(({ service }) => volumesOf(service)).filter((source) => !/^[./]/.test(source));
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
    expect(new Set(services.flatMap(({ service }) => service.networks))).toEqual(
      new Set(Object.keys(compose.networks)),
    );
  });

  it('takes from .env only what .env.example names', () => {
    const taken = [...composeText.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
    expect(taken.filter((name) => !(name in example))).toEqual([]);
  });

  it('starts nobody who waits for himself', () => {
    const waits = (name: string, path: string[]): string[][] => {
      if (path.includes(name)) return [[...path, name]];
      return Object.keys(compose.services[name]?.depends_on ?? {}).flatMap((other) => waits(other, [...path, name]));
    };
    expect(services.flatMap(({ name }) => waits(name, []))).toEqual([]);
  });

  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
  it.runIf(hasCompose)('is accepted by docker compose itself (skipped where that is not installed)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    try {
      cpSync(join(rootFolder, 'docker-compose.yml'), join(folder, 'docker-compose.yml'));
      cpSync(join(rootFolder, 'infra'), join(folder, 'infra'), { recursive: true });
      writeFileSync(join(folder, '.env'), 'POSTGRES_PASSWORD=secret\n');
      execFileSync('docker', ['compose', 'config', '--quiet'], { cwd: folder, stdio: 'pipe' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.each(services)('the container $name', ({ service }) => {
  it('comes from a pinned image or from a target of the Dockerfile', () => {
    if (service.build) {
      expect(service.build).toEqual({ context: '.', dockerfile, target: service.image.split('/')[1] });
      expect([...stages.keys()]).toContain(service.build.target);
    } else expect(service.image).toMatch(/:\d+(\.\d+)*(-[a-z]+)?$/);
  });

  it('waits only for containers that there are, in a way that they can answer', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const awaited = compose.services[name];
      expect(awaited, name).toBeDefined();
      if (condition === 'service_healthy') expect(awaited?.healthcheck, name).toBeDefined();
      if (condition === 'service_completed_successfully') expect(runsOnce(awaited!), name).toBe(true);
    }
  });

  it('is checked for its health and started again, unless it runs once', () => {
    expect(service.healthcheck !== undefined).toBe(!runsOnce(service));
  });

  it('finds the files that it mounts and reads', () => {
    expect(volumesOf(service).filter((source) => source.startsWith('.') && !inRoot(source))).toEqual([]);
    const envFiles = service.env_file ?? [];
    expect(envFiles.filter((path) => !inRoot(path === '.env' ? '.env.example' : path))).toEqual([]);
  });
});

describe.each(apps)('the service %s', (app) => {
  const service = compose.services[app]!;

  it('gets every setting that has no default', async () => {
    const settings: Settings = (await settingsOfApps())[app] ?? {};
    const needed = Object.values<Setting>(settings)
      .filter((setting) => !setting.schema.safeParse(setting.default).success)
      .map(({ env }) => env);
    const given = [...Object.keys(service.environment ?? {}), ...Object.keys(example)];
    expect(needed.filter((env) => !given.includes(env))).toEqual([]);
  });

  it('is told nothing that no service reads', async () => {
    const known = Object.values(await settingsOfApps()).flatMap((settings) => Object.values<Setting>(settings));
    const names = [...known.map(({ env }) => env), 'LOG_LEVEL', 'POSTGRES_PASSWORD'];
    const told = [...Object.keys(service.environment ?? {}), ...Object.keys(example)];
    expect(told.filter((env) => !names.includes(env))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const chain = (name: string): string[] => {
    const stage = stages.get(name);
    return stage ? [...chain(stage.from), ...stage.lines] : [`FROM ${name}`];
  };
  const targets = services.flatMap(({ service }) => service.build?.target ?? []);

  it.each(targets)('runs %s as an ordinary user on a pinned Node', (target) => {
    const lines = chain(target);
    expect(lines[0]).toBe('FROM node:24-slim');
    expect(lines.filter((line) => line.startsWith('USER ')).at(-1)).toBe('USER node');
  });

  it.each(apps)('starts what the build makes of %s, with its health on the port that is asked', (app) => {
    const lines = chain(app);
    expect(lines.at(-1)).toBe(`CMD ["node", "--enable-source-maps", "apps/${app}/dist/main.js"]`);
    expect(lines.join('\n')).toContain(`${app.toUpperCase()}_HTTP_PORT=8080`);
  });

  it('copies from stages and files that there are', () => {
    for (const { lines } of stages.values()) {
      for (const line of lines.filter((one) => one.startsWith('COPY '))) {
        const [, stage, source = ''] = /^COPY (?:--from=(\S+) )?(\S+) \S+$/.exec(line) ?? [];
        if (stage) expect([...stages.keys()], line).toContain(stage);
        else expect(inRoot(source), line).toBe(true);
      }
    }
  });

  it('sets up the bus by a command that there is', () => {
    const [, script = ''] = /CMD \["node", "(.+)"\]/.exec(chain('setup').at(-1) ?? '') ?? [];
    expect(inRoot(script), script).toBe(true);
  });
});

describe('what a checkout needs', () => {
  it('has a continuous integration that installs and tests, and stops at the first fault', () => {
    const script = readFileSync(join(rootFolder, '.ci/run'), 'utf8');
    expect(script).toMatch(/^#!\/usr\/bin\/env bash\n/);
    expect(script).toMatch(/\nset -euo pipefail\n[\s\S]*\nnpm ci\nnpm test\n$/);
    execFileSync('bash', ['-n', join(rootFolder, '.ci/run')]);
  });
});
