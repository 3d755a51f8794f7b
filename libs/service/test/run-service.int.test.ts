import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';

interface Run {
  readonly child: ChildProcess;
  /** The first line on stdout. */
  readonly firstLine: Promise<string | undefined>;
  /** Settles when the process is gone and its output is read. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string; messages: string[] }>;
}

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

const run = (env: Record<string, string> = {}): Run => {
  const child = spawn(process.execPath, [new URL('./fixture.ts', import.meta.url).pathname], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const lines = createInterface(child.stdout);
  return {
    child,
    firstLine: Promise.race([
      once(lines, 'line').then(([line]) => line as string),
      once(lines, 'close').then(() => undefined),
    ]),
    ended: once(child, 'close').then(([code]: (number | null)[]) => ({
      code: code ?? null,
      ...output,
      messages: output.stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    })),
  };
};

const ready = async (service: Run): Promise<{ ready: boolean; service: string; port: number }> =>
  JSON.parse((await service.firstLine) ?? 'null') as { ready: boolean; service: string; port: number };

describe('a running service', () => {
  it('says once that it is ready, answers on its ops port, and closes in order on SIGTERM', async () => {
    const service = run();
    const line = await ready(service);
    expect(line).toEqual({ ready: true, service: 'fixture', port: expect.any(Number) });

    const get = (path: string) => fetch(`http://127.0.0.1:${line.port}${path}`);
    expect((await get('/health/live')).status).toBe(200);
    const readiness = await get('/health/ready');
    expect([readiness.status, await readiness.json()]).toEqual([
      200,
      { ready: true, dependencies: { fixture: expect.objectContaining({ state: 'up' }), bus: expect.anything() } },
    ]);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toMatch(/process_cpu_user_seconds_total\{service="fixture"\} \d/);
    expect(metrics).toContain('dependency_up{dependency="bus",service="fixture"} 1');
    expect((await get('/nothing')).status).toBe(404);

    service.child.kill('SIGTERM');
    const { code, stdout, messages } = await service.ended;
    expect(code).toBe(0);
    expect(messages).toEqual(['ready', 'stopping: SIGTERM', 'told to stop', 'closing the bus', 'stopped']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('is live but not ready, and says why, while a dependency is down', async () => {
    const service = run({ FIXTURE_FAULT: 'bus-down' });
    const { port } = await ready(service);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      ready: false,
      dependencies: { bus: { state: 'down', detail: 'connection refused' } },
    });
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    service.child.kill('SIGINT');
    expect((await service.ended).code).toBe(0);
  });

  it('stops when its standard input closes, where it was told to exit with its parent', async () => {
    const service = run({ EXIT_WITH_PARENT: '1' });
    await ready(service);
    service.child.stdin?.end();
    const { code, messages } = await service.ended;
    expect(code).toBe(0);
    expect(messages).toContain('stopping: the runner is gone');
  });

  it('can be stopped while it is still starting', async () => {
    const port = await freePort();
    const service = run({ FIXTURE_FAULT: 'slow-start', FIXTURE_HTTP_PORT: String(port) });
    await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/health/live`), { timeout: 10_000 });
    service.child.kill('SIGTERM');
    const { code, stdout } = await service.ended;
    expect([code, stdout]).toEqual([0, '']);
  });

  it('masks a secret in its log', async () => {
    const service = run({ FIXTURE_FAULT: 'logs-secret', FIXTURE_PASSWORD: 'correct-horse' });
    await ready(service);
    service.child.kill('SIGTERM');
    const { stderr } = await service.ended;
    expect(stderr).toContain('postgres://u:***@db');
    expect(stderr).not.toContain('correct-horse');
  });
});

describe('a service that cannot', () => {
  it('exits 1 with one clear message when its start fails', async () => {
    const { code, stdout, messages } = await run({ FIXTURE_FAULT: 'start' }).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(messages).toEqual(['fixture did not start: the bus at nats://nowhere does not answer. Set NATS_URL.']);
  });

  it('exits 1 and lists every fault when its configuration is wrong', async () => {
    const { code, stderr } = await run({ LOG_LEVEL: 'loud', FIXTURE_PASSWORD: 'short' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fixture did not start: configuration: 2 settings are wrong/);
    expect(stderr).toMatch(/FIXTURE_PASSWORD: .*\n {2}LOG_LEVEL: "loud" is refused/);
    expect(stderr).not.toContain('short"');
  });

  it('exits 1 and names the port when that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const taken = (holder.address() as AddressInfo).port;
    const { code, messages } = await run({ FIXTURE_HTTP_PORT: String(taken) }).ended;
    holder.close();
    expect(code).toBe(1);
    expect(messages.join()).toContain(`127.0.0.1:${taken} is taken by another process`);
    expect(messages.join()).toContain('FIXTURE_HTTP_PORT');
  });

  it('exits 1 and logs a rejection that nobody handled', async () => {
    const { code, messages, stderr } = await run({ FIXTURE_FAULT: 'rejection' }).ended;
    expect(code).toBe(1);
    expect(messages).toContain('a rejection was handled by nobody; exiting');
    expect(stderr).toContain('nobody awaits me');
  });

  it('exits 1 when closing fails', async () => {
    const service = run({ FIXTURE_FAULT: 'close' });
    await ready(service);
    service.child.kill('SIGTERM');
    const { code, stderr } = await service.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('the outbox is not empty');
  });

  it('exits 1 when closing takes too long', async () => {
    const service = run({ FIXTURE_FAULT: 'hangs', SHUTDOWN_TIMEOUT_MS: '50' });
    await ready(service);
    service.child.kill('SIGTERM');
    const { code, messages } = await service.ended;
    expect(code).toBe(1);
    expect(messages.at(-1)).toMatch(/still closing after 50 ms/);
  });

  it('exits at once at the second signal', async () => {
    const service = run({ FIXTURE_FAULT: 'hangs' });
    await ready(service);
    const firstSeen = new Promise((resolve) => {
      service.child.stderr?.on('data', (chunk: Buffer) => chunk.includes('told to stop') && resolve(undefined));
    });
    service.child.kill('SIGTERM');
    await firstSeen;
    service.child.kill('SIGTERM');
    const { code, messages } = await service.ended;
    expect(code).toBe(1);
    expect(messages.at(-1)).toBe('SIGTERM again while closing; exiting at once');
  });
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
