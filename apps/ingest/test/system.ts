import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type FaultSpec, type Simulator, type SimulatorOptions, startSimulator } from '@bot-core/binance-simulator';
import { type RunningNatsServer, startNatsServer } from '@bot-core/embedded/nats';
import { CandleClosed, CandlesMissing, ingestRpc, intervalMs, subjects, type TradingSymbol } from '@bot-core/events';
import { applyInfrastructure, type Bus, connectBus, readInfrastructure } from '@bot-core/jetstream';
import { build } from 'vite';

/** nats-server and the built service, for one test file. */
export interface System extends AsyncDisposable {
  readonly bus: Bus;
  readonly nats: () => RunningNatsServer;
  readonly folder: string;
  restartNats(): Promise<void>;
  startIngest(
    simulator: Simulator,
    symbol: TradingSymbol,
    settings?: Readonly<Record<string, string>>,
  ): Promise<Service>;
}

export interface Service extends AsyncDisposable {
  readonly port: number;
  /** Sends the signal and waits for the end. @returns the exit code, null when killed. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  metric(name: string): Promise<number>;
}

const app = fileURLToPath(new URL('..', import.meta.url));

export const openSystem = async (): Promise<System> => {
  const folder = await mkdtemp(join(tmpdir(), 'bot-core-ingest-'));
  // Inside the package, so that what the bundle imports is found.
  const outDir = join(app, 'dist', `test-${process.pid}`);
  await build({ root: app, configFile: join(app, '../../vite.config.ts'), build: { outDir }, logLevel: 'error' });
  let nats = await startNatsServer({ dataDir: join(folder, 'nats') });
  const bus = await connectBus({ url: nats.url, name: 'test' });
  await applyInfrastructure(bus, await readInfrastructure());
  const children = new Set<ChildProcess>();
  return {
    bus,
    folder,
    nats: () => nats,
    restartNats: async () => {
      nats = await startNatsServer({ dataDir: join(folder, 'nats'), port: nats.port });
      await until('the bus is up', () => bus.link.isUp());
    },
    startIngest: async (simulator, symbol, settings = {}) => {
      const child = spawn(process.execPath, [join(outDir, 'main.js')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          NATS_URL: nats.url,
          BINANCE_HTTP_URL: simulator.httpBase,
          BINANCE_WS_URL: simulator.wsBase,
          BINANCE_WS_API_URL: simulator.wsApi,
          EXCHANGE_CLOCK: 'ask',
          SYMBOLS: symbol,
          INTERVAL: '1h',
          KLINE_HISTORY: '50',
          LOG_LEVEL: 'warn',
          ...settings,
        },
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return serviceOf(child);
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      await bus.close();
      await nats.stop();
      await rm(folder, { recursive: true, force: true });
      await rm(outDir, { recursive: true, force: true });
    },
  };
};

const serviceOf = async (child: ChildProcess): Promise<Service> => {
  let log = '';
  child.stderr?.on('data', (data) => (log += String(data)));
  const exited = once(child, 'exit');
  const { stdout } = child;
  if (!stdout) throw new Error('the service has no stdout');
  const [line] = await Promise.race([
    once(createInterface(stdout), 'line') as Promise<[string]>,
    exited.then(([code]) => Promise.reject(new Error(`ingest ended with ${String(code)}: ${log}`))),
  ]);
  const { port } = JSON.parse(line) as { port: number };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  return {
    port,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
    signal: (signal) => child.kill(signal),
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const lines = text.split('\n').filter((one) => one.startsWith(`${name}{`) || one.startsWith(`${name} `));
      return lines.reduce((sum, one) => sum + Number(one.split(' ').at(-1)), 0);
    },
  };
};

/** A simulated market with one symbol on a settled clock. */
export const openMarket = async (symbol: string, options: SimulatorOptions = {}) => {
  const simulator = await startSimulator({ sources: [{ symbol }], interval: '1h', history: 100, ...options });
  const control = (request: object) => {
    const answer = simulator.control(request);
    if (answer['error'] !== undefined) throw new Error(String(answer['error']));
    return answer;
  };
  return {
    simulator,
    fault: (spec: FaultSpec) => control({ op: 'faults', add: spec }),
    clearFaults: () => control({ op: 'faults', clear: true }),
    connections: () => (control({ op: 'state' })['connections'] as { market: number }).market,
    play: (candles: number) => {
      for (let left = candles; left > 0; left -= 1) control({ op: 'advance' });
    },
    /** What the exchange has, closed, newest last. */
    openTimes: async (limit: number): Promise<number[]> => {
      const url = `${simulator.httpBase}/api/v3/klines?symbol=${symbol}&interval=1h&limit=${limit}`;
      return ((await (await fetch(url)).json()) as [number][]).map(([openTime]) => openTime);
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
};

/** Writes a candle file of `count` hours without those in `missing`. */
export const candleFile = async (path: string, count: number, missing: readonly number[]): Promise<string> => {
  const start = Date.UTC(2024, 0, 1);
  const rows = Array.from({ length: count }, (_, n) => n)
    .filter((n) => !missing.includes(n))
    .map((n) => {
      const close = 100 + Math.sin(n) * 3;
      return [start + n * intervalMs['1h'], 100, 104, 96, close.toFixed(2), 10].join(',');
    });
  await writeFile(path, `openTime,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
};

const read = async <Data>(bus: Bus, subject: string, definition: Parameters<Bus['last']>[2]) => {
  const messages = [];
  for await (const one of bus.history({ stream: 'MARKET', subject, definitions: [definition] })) messages.push(one);
  return messages as (Omit<(typeof messages)[number], 'data'> & { data: Data })[];
};
export const candlesOf = (bus: Bus, symbol: TradingSymbol) =>
  read<CandleClosed>(bus, subjects.candle('spot', symbol, '1h'), CandleClosed);
export const gapsOf = (bus: Bus, symbol: TradingSymbol) =>
  read<CandlesMissing>(bus, subjects.gap('spot', symbol, '1h'), CandlesMissing);

/** Resolves when ingest says that the newest candle of the exchange is stored. */
export const settled = async (bus: Bus, symbol: string, openTime: number | undefined): Promise<void> => {
  await until(`candle ${openTime} is stored`, async () => {
    const { rows } = await bus.request(ingestRpc.status, {}).catch(() => ({ rows: [] }));
    return rows.some((row) => row.symbol === symbol && row.lastOpenTime === openTime && row.state === 'live');
  });
};

export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = 15_000,
): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
