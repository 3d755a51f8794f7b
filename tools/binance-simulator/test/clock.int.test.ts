import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { generateCandles } from '../src/feed/generator.ts';
import { startSimulator } from '../src/index.ts';
import { bar, connected, csvOf, hour, inbox, openVenue, start } from './support.ts';

const now = { delay: 0, fastClose: true, keepClosed: true };
const generated = (symbol: string, count: number) => {
  const source = generateCandles({ symbol, interval: '1h', seed: 7, startTime: start });
  return Array.from({ length: count }, () => source.next().value);
};

describe('the settled clock', () => {
  it('plays one candle of one symbol at a time, jumps over outages and ends', async () => {
    await using venue = await openVenue({
      sources: [{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT', startPrice: 3000 }],
      limit: 2,
      history: 3,
    });
    expect(venue.simulator.total).toBe(4);
    const played = Array.from({ length: 5 }, () => venue.advance());
    expect(
      played.map(({ phase, symbol, openTime }) => [
        phase,
        symbol,
        openTime === undefined ? openTime : (Number(openTime) - start) / hour,
      ]),
    ).toEqual([
      ['closed', 'BTCUSDT', 3],
      ['closed', 'ETHUSDT', 3],
      ['closed', 'BTCUSDT', 4],
      ['closed', 'ETHUSDT', 4],
      ['end', undefined, undefined],
    ]);
    await using gap = await openVenue({ candles: [bar(0, 1, 1, 1, 1), bar(1, 1, 1, 1, 1), bar(5, 1, 1, 1, 1)] });
    const clocks = [0, 1].map(() => (gap.advance(), gap.state()['clock'] - start));
    expect(clocks).toEqual([2 * hour, 6 * hour]);
    expect(await gap.client.candles({ symbol: 'BTCUSDT', interval: '1h' } as never)).toHaveLength(3);
  });

  it('stands while nobody advances it, and shows the bar in progress while paused', async () => {
    await using venue = await openVenue({
      candles: [bar(0, 100, 101, 99, 100), bar(1, 100, 105, 95, 101)],
      spreadBps: 0,
    });
    await venue.client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '1', price: '96' } as never);
    expect(await venue.client.time()).toBe(start + hour);
    expect(venue.advance()).toMatchObject({ phase: 'path' });
    expect(await venue.client.time()).toBe(start + 2 * hour - 1);
    const bars = await venue.client.candles({ symbol: 'BTCUSDT', interval: '1h' } as never);
    expect(bars.at(-1)).toMatchObject({ openTime: start + hour, closeTime: start + 2 * hour - 1 });
    expect(venue.state()).toMatchObject({
      phase: 'path',
      index: 1,
      total: 1,
      trades: 1,
      orders: 1,
      openOrders: 0,
      balances: { BTC: { free: '0.99900000' } },
    });
    expect(venue.advance()).toMatchObject({ phase: 'closed', close: '101.00000000' });
    expect(await venue.client.time()).toBe(start + 2 * hour);
    expect(venue.advance()).toEqual({ phase: 'end' });
  });

  it('is driven over a WebSocket and over HTTP', async () => {
    const simulator = await startSimulator({ history: 1, limit: 2, controlPort: 0 });
    expect(simulator.controlPort).not.toBe(simulator.port);
    const socket = new WebSocket(simulator.controlUrl);
    await once(socket, 'open');
    socket.send(JSON.stringify({ id: 1, op: 'advance' }));
    expect(JSON.parse(String((await once(socket, 'message'))[0]))).toMatchObject({
      id: 1,
      phase: 'closed',
      symbol: 'BTCUSDT',
    });
    const url = simulator.controlUrl.replace('ws:', 'http:');
    expect(await (await fetch(url, { method: 'POST', body: '{"op":"advance"}' })).json()).toMatchObject({
      phase: 'closed',
    });
    expect(await (await fetch(url)).json()).toMatchObject({ mode: 'settled', index: 2, total: 2 });
    expect((await fetch(`${simulator.httpBase}/control`)).status).toBe(404);
    socket.close();
    await simulator.close();
  });

  it('makes a run repeatable to the last id, time and digit', async () => {
    const candles = generated('BTCUSDT', 400);
    const run = async () => {
      await using venue = await openVenue({ candles, history: 50 });
      const { push, messages, until } = inbox<any>();
      const stop = await venue.client.ws.user(push);
      const answers: unknown[] = [];
      for (let round = 0; ; round += 1) {
        const answer = venue.closeBar();
        if (answer['phase'] === 'end') break;
        if (round % 10 !== 0) continue;
        // A purchase and its protection, from the closing price alone.
        const close = Number(answer['close']);
        const free = venue.state()['balances'];
        if (Number(free.USDT.free) < close * 0.02) continue;
        answers.push(
          await venue.client.order({
            symbol: 'BTCUSDT',
            side: 'BUY',
            type: 'MARKET',
            quantity: '0.01',
            newClientOrderId: `buy-${round}`,
          } as never),
        );
        const oco = {
          symbol: 'BTCUSDT',
          side: 'SELL',
          quantity: '0.00999',
          price: (close * 1.01).toFixed(2),
          stopPrice: (close * 0.99).toFixed(2),
          stopLimitPrice: (close * 0.985).toFixed(2),
        };
        answers.push(
          await venue.client
            .orderOco({
              ...oco,
              listClientOrderId: `oco-${round}`,
              limitClientOrderId: `limit-${round}`,
              stopClientOrderId: `stop-${round}`,
            } as never)
            .catch((error: Error) => error.message),
        );
      }
      const last = venue.simulator.control({ op: 'trades' })['trades'];
      const told = (venue.state()['trades'] as number) > 0;
      await until(
        'every trade',
        (all) => all.filter((one) => one.executionType === 'TRADE').length === venue.state()['trades'],
      );
      stop(now);
      return { answers, last, told, reports: [...messages], state: { ...venue.state(), connections: undefined } };
    };
    const [first, second] = [await run(), await run()];
    expect(first.told).toBe(true);
    expect((first.last as unknown[]).length).toBeGreaterThan(30);
    expect(second).toEqual(first);
  });
});

describe('running clocks', () => {
  it('spread a bar over its time and tell of it while it forms', async () => {
    // An hour in 0.36 s: two seconds to connect before the last bar.
    await using venue = await openVenue({
      candles: [0, 1, 2, 3, 4, 5, 6].map((index) => bar(index, 100, 105, 95, 101)),
      clock: 'x10000',
      stepsPerLeg: 2,
    });
    const bars = inbox<any>();
    const stop = venue.client.ws.candles('BTCUSDT', '1h', bars.push);
    const all = await bars.until('the last bar', (some) =>
      some.some((one) => one.isFinal && one.startTime === start + 6 * hour),
    );
    const last = all.filter((one) => one.startTime === start + 6 * hour);
    expect(last.map(({ close }) => Number(close))).toEqual([100, 97.5, 95, 100, 105, 103, 101, 101]);
    expect(last.map(({ isFinal }) => isFinal)).toEqual([...Array<boolean>(7).fill(false), true]);
    expect(await venue.client.time()).toBeGreaterThanOrEqual(start + 7 * hour);
    expect(venue.advance()).toMatchObject({ error: expect.stringContaining('runs by itself') });
    stop(now);
  });

  it('in real time are the time of day when prices are generated', async () => {
    await using venue = await openVenue({
      sources: [{ symbol: 'BTCUSDT' }],
      clock: 'realtime',
      interval: '1m',
      history: 100,
    });
    expect(Math.abs(Number(await venue.client.time()) - Date.now())).toBeLessThan(5000);
    const bars = await venue.client.candles({ symbol: 'BTCUSDT', interval: '1m' } as never);
    expect(bars.length).toBeGreaterThanOrEqual(100);
    const placed = await venue
      .clientWith({ getTime: undefined })
      .order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' } as never);
    expect(placed.status).toBe('FILLED');
  });
});

it('runs as a process: one ready line, a clean end on SIGTERM', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-process-'));
  const file = join(folder, 'prices.csv');
  await writeFile(file, csvOf(generated('ETHUSDT', 20)));
  const main = join(import.meta.dirname, '../src/main.ts');
  const child = spawn(
    process.execPath,
    [main, '--candles', `ETHUSDT=${file}`, '--history', '5', '--balance', 'USDT=500'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface(child.stdout), 'line');
  const ready = JSON.parse(String(line));
  expect(ready).toMatchObject({ ready: true, port: expect.any(Number), symbols: ['ETHUSDT'], total: 15 });
  const state = (await (await fetch(`${ready.httpBase}/control`)).json()) as object;
  expect(state).toMatchObject({ balances: { USDT: { free: '500.00000000' } }, index: 0 });
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);

  const wrong = spawn(process.execPath, [main, '--clock', 'soon'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  wrong.stderr.on('data', (chunk) => (words += String(chunk)));
  expect((await once(wrong, 'exit'))[0]).toBe(1);
  expect(words).toContain("clock 'soon' is not realtime, settled or xN");
  await rm(folder, { recursive: true });
});

it('says what is wrong with its options', async () => {
  await expect(startSimulator({ sources: [{ symbol: 'BTCUSDT' }, { symbol: 'BTCUSDT' }] })).rejects.toThrow(
    'two sources for BTCUSDT',
  );
  await expect(startSimulator({ sources: [{ symbol: 'NONSENSE' }] })).rejects.toThrow('cannot tell base from quote');
  await expect(startSimulator({ interval: '7m' })).rejects.toThrow('interval 7m is not one of');
});

it('joins the files of one symbol, as Binance publishes them by the month', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-months-'));
  const candles = generated('BTCUSDT', 20);
  const files = ['BTCUSDT-1h-2024-02.csv', 'BTCUSDT-1h-2024-01.csv'].map((name) => join(folder, name));
  await writeFile(files[0]!, csvOf(candles.slice(12)));
  await writeFile(files[1]!, csvOf(candles.slice(0, 12)));
  const simulator = await startSimulator({ sources: files.map((file) => ({ file })), history: 5 });
  expect(simulator).toMatchObject({ symbols: ['BTCUSDT'], total: 15 });
  await simulator.close();
  const twice = { sources: [files[0]!, files[0]!].map((file) => ({ file })) };
  await expect(startSimulator(twice)).rejects.toThrow('two files of BTCUSDT overlap at 2024-01-01T12:00:00.000Z');
  await rm(folder, { recursive: true });
});

it('many clients may follow one stream', async () => {
  await using venue = await openVenue({ candles: [bar(0, 1, 1, 1, 1), bar(1, 1, 1, 1, 1)] });
  const boxes = Array.from({ length: 5 }, () => inbox<any>());
  const stops = boxes.map(({ push }) => venue.client.ws.candles('BTCUSDT', '1h', push));
  await connected(venue, 'market', 5);
  venue.advance();
  for (const { until } of boxes) expect((await until('the bar', (all) => all.length === 1))[0].isFinal).toBe(true);
  for (const stop of stops) stop(now);
});
