import { createRequire } from 'node:module';
import type BinanceModule from 'binance-api-node';
import { type Simulator, type SimulatorOptions, startSimulator } from '../src/index.ts';
import { completeCandle } from '../src/feed/csv.ts';
import type { Candle } from '../src/feed/candle.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The package is CommonJS with a default export, which Node and Vite unwrap differently; `require` is the same in both.
const factory: typeof BinanceModule.default = createRequire(import.meta.url)('binance-api-node').default;
export type Client = ReturnType<typeof factory>;

export const hour = 3_600_000;
export const start = Date.UTC(2024, 0, 1);

/** A bar of one hour by its prices, the `index`-th from 2024-01-01. */
export const bar = (index: number, open: number, high: number, low: number, close: number): Candle =>
  completeCandle({
    openTime: start + index * hour,
    closeTime: start + (index + 1) * hour - 1,
    open: open.toFixed(8),
    high: high.toFixed(8),
    low: low.toFixed(8),
    close: close.toFixed(8),
    volume: '100.00000000',
  });

export const csvOf = (candles: readonly Candle[]): string =>
  [
    'openTime,open,high,low,close,volume',
    ...candles.map((c) => [c.openTime, c.open, c.high, c.low, c.close, c.volume].join()),
  ]
    .join('\n')
    .concat('\n');

export interface Venue extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly client: Client;
  /** Another client of the same account, with what is given changed. */
  readonly clientWith: (options: object) => Client;
  readonly advance: () => Record<string, unknown>;
  /** Advances until this bar is closed. */
  readonly closeBar: () => Record<string, unknown>;
  readonly state: () => Record<string, any>;
  readonly fault: (fault: object) => void;
}

/** A simulator and the real client pointed at it; candles are written to a file for it. */
export const openVenue = async (options: SimulatorOptions & { candles?: readonly Candle[] } = {}): Promise<Venue> => {
  const { candles, ...rest } = options;
  const folder = await mkdtemp(join(tmpdir(), 'binance-simulator-'));
  let sources = rest.sources;
  if (candles) {
    const file = join(folder, 'BTCUSDT-1h.csv');
    await writeFile(file, csvOf(candles));
    sources = [{ file }];
  }
  const simulator = await startSimulator({ history: 1, ...rest, ...(sources ? { sources } : {}) });
  const { httpBase, wsBase, wsApi, apiKey, apiSecret } = simulator;
  const clockOf = () => Number(simulator.control({ op: 'state' })['clock']);
  const clientWith = (more: object) =>
    factory({ httpBase, wsBase, wsApi, apiKey, apiSecret, getTime: clockOf, ...more });
  const advance = () => ({ ...simulator.control({ op: 'advance' }) });
  return {
    simulator,
    client: clientWith({}),
    clientWith,
    advance,
    closeBar: () => {
      const answer = advance();
      return answer['phase'] === 'path' ? advance() : answer;
    },
    state: () => ({ ...simulator.control({ op: 'state' }) }),
    fault: (fault) => {
      const answer = simulator.control({ op: 'faults', add: fault });
      if (answer['error']) throw new Error(String(answer['error']));
    },
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Collects messages and waits for the one that is looked for, with a deadline. */
export const inbox = <T>() => {
  const messages: T[] = [];
  const waiting: { test: (all: readonly T[]) => boolean; done: () => void }[] = [];
  return {
    messages,
    push: (message: T) => {
      messages.push(message);
      for (const one of waiting) if (one.test(messages)) one.done();
    },
    until: (what: string, test: (all: readonly T[]) => boolean, timeoutMs = 5000): Promise<readonly T[]> => {
      if (test(messages)) return Promise.resolve(messages);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`waited ${timeoutMs} ms for ${what}; came: ${JSON.stringify(messages)}`)),
          timeoutMs,
        );
        waiting.push({ test, done: () => (clearTimeout(timer), resolve(messages)) });
      });
    },
  };
};

/** Waits until the simulator has this many connections of a kind. */
export const connected = async (venue: Venue, kind: 'market' | 'user', count = 1): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (venue.state()['connections'][kind] < count) {
    if (Date.now() > deadline) throw new Error(`no ${count} ${kind} connections within 5 s`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
