import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyInfrastructure, type Bus, hasDrift, readInfrastructure } from '../src/index.ts';
import { type Broker, infrastructureFor, startBroker } from './harness.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const command = (...args: string[]) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const cli = fileURLToPath(new URL('../src/apply-cli.ts', import.meta.url));
    const env = { ...process.env, NATS_URL: broker.url };
    const child = execFile(process.execPath, [cli, ...args], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

it('makes what infra/nats declares, then finds it unchanged, by the command', async () => {
  const first = await command();
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/stream +MARKET +created/);
  expect(first.stdout).toMatch(/consumer +SIGNALS\/executor-signals +created/);
  const second = await command();
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain('created');
  const findings = await applyInfrastructure(broker.bus, await readInfrastructure());
  expect(findings.map(({ status }) => status)).toEqual(findings.map(() => 'unchanged'));
});

it('reports drift with exit code 3 and leaves it, until it is told to overwrite', async () => {
  const { streams, consumers } = broker.bus.jetStreamManager;
  await streams.update('SIGNALS', { max_msgs: 7, max_age: 172_800_000_000_000 });
  await consumers.update('MARKET', 'predictor-candles', { ack_wait: 5_000_000_000 });
  const reported = await command();
  expect(reported.code).toBe(3);
  expect(reported.stdout).toMatch(/stream +SIGNALS +drift/);
  expect(reported.stdout).toMatch(/max_age +400d +2d/);
  expect(reported.stdout).toMatch(/max_msgs +-1 +7/);
  expect(reported.stdout).toMatch(/ack_wait +10s +5s/);
  expect(reported.stderr).toContain('left as it is');
  expect((await streams.info('SIGNALS')).config.max_msgs).toBe(7);

  expect((await command('--overwrite')).code).toBe(0);
  expect((await streams.info('SIGNALS')).config.max_msgs).toBe(-1);
  expect((await command()).code).toBe(0);
});

it('reports settings that nobody declared, and streams and consumers that are in no file', async () => {
  const { streams, consumers } = broker.bus.jetStreamManager;
  await streams.update('DEADLETTERS', { republish: { src: 'dlq.>', dest: 'copy.>' } });
  await streams.add({ name: 'MINE', subjects: ['mine.>'] });
  await consumers.add('MARKET', { durable_name: 'mine', ack_policy: 'explicit' });
  const findings = await applyInfrastructure(broker.bus, await readInfrastructure());
  const letters = findings.find(({ name }) => name === 'DEADLETTERS');
  expect(letters?.status).toBe('drift');
  expect(letters?.differences.map(({ setting, declared }) => [setting, declared])).toEqual([
    ['republish', '(not set)'],
  ]);
  const undeclared = findings.filter(({ status }) => status === 'undeclared').map(({ name }) => name);
  expect(undeclared.sort()).toEqual(['MARKET/mine', 'MINE']);
});

it('says when a server makes something else of what it was asked', async () => {
  const declared = await infrastructureFor('forgetful');
  const { jetStreamManager } = broker.bus;
  const add: typeof jetStreamManager.streams.add = async (config) => {
    const { duplicate_window: _, ...understood } = config;
    return jetStreamManager.streams.add(understood);
  };
  // The methods live on the prototype, hence no spread.
  const streams = Object.assign(Object.create(jetStreamManager.streams) as typeof jetStreamManager.streams, { add });
  const older: Pick<Bus, 'jetStreamManager'> = {
    jetStreamManager: Object.assign(Object.create(jetStreamManager) as typeof jetStreamManager, { streams }),
  };
  const findings = await applyInfrastructure(older, declared);
  expect(findings[0]).toEqual({
    kind: 'stream',
    name: 'FORGETFUL',
    status: 'ignored',
    differences: [{ setting: 'duplicate_window', declared: '1d', found: '2m' }],
  });
  expect(hasDrift(findings)).toBe(true);
});
