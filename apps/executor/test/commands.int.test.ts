import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNatsServer } from '@bot-core/embedded/nats';
import { defaultTradingConfig, executorRpc, idOf, SignalEmitted, subjects, tradingSymbol } from '@bot-core/events';
import { applyInfrastructure, type Bus, connectBus, JetStreamStrategy, readInfrastructure } from '@bot-core/jetstream';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { ExecutorModule } from '../src/executor.module.ts';
import { BTCUSDT, type Desk, type Executor, openDesk, openOrders } from './desk.ts';

/** The service's shell on a real bus: what an operator can ask for, and signals as they come from the predictor. */
let desk: Desk;
let executor: Executor;
let operator: Bus;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'executor-nats-'));
  const broker = await startNatsServer({ dataDir });
  const service = await connectBus({ url: broker.url, name: 'executor' });
  operator = await connectBus({ url: broker.url, name: 'operator' });
  await applyInfrastructure(operator, await readInfrastructure());
  desk = await openDesk();
  executor = await desk.start();
  const { portfolio, trader } = executor;
  const module = ExecutorModule.with({ portfolio, trader, exchange: desk.exchange });
  const app = await NestFactory.createMicroservice(module, {
    strategy: new JetStreamStrategy({ bus: service }),
    logger: false,
  });
  await app.listen();
  closing.push(
    () => app.close(),
    () => operator.close(),
    () => service.close(),
    () => broker.stop(),
    () => desk.close(),
    () => rm(dataDir, { recursive: true, force: true }),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

let asked = 0;
const request = () => ({ requestId: idOf('request', (asked += 1)), by: 'operator' });
const position = () => executor.portfolio.state.positions.get(BTCUSDT);

/** A long signal on the newest candle, as the predictor would publish it; another candle each time. */
const publishSignal = async () => {
  desk.simulator.control({ op: 'advance' });
  const signal = await desk.signal('long');
  await operator.publish({
    id: signal.signalId,
    definition: SignalEmitted,
    source: 'predictor',
    time: signal.closeTime,
    subject: subjects.signal(signal.symbol, signal.interval),
    correlationId: signal.signalId,
    causationId: signal.signalId,
    data: signal,
  });
};
const opened = () => vi.waitFor(() => expect(position()?.protection).toBeTruthy(), { timeout: 10_000, interval: 20 });

beforeEach(async () => {
  await operator.request(executorRpc.startBot, request());
});

it('opens a position on a signal and closes it when told', async () => {
  await publishSignal();
  await opened();
  const { revision } = await operator.request(executorRpc.closePosition, { ...request(), symbol: BTCUSDT });
  expect(revision).toBe(executor.portfolio.revision);
  expect(position()).toBeUndefined();
  expect(openOrders(desk.simulator)).toEqual([]);
  const [closed] = (await desk.ledger()).slice(-1);
  expect(closed).toMatchObject({ type: 'PositionClosed', data: { reason: 'operator' } });
});

it('refuses to close what is not open, with a code', async () => {
  await expect(
    operator.request(executorRpc.closePosition, { ...request(), symbol: tradingSymbol('ETHUSDT') }),
  ).rejects.toMatchObject({
    code: 'no-position',
    message: expect.stringContaining('ETHUSDT'),
  });
});

it('closes everything when told, and nothing when there is nothing', async () => {
  await publishSignal();
  await opened();
  await operator.request(executorRpc.closeAll, request());
  expect(position()).toBeUndefined();
  const { revision } = await operator.request(executorRpc.closeAll, request());
  expect(revision).toBe(executor.portfolio.revision);
});

it('accepts no signal while it is stopped', async () => {
  await operator.request(executorRpc.stopBot, request());
  await publishSignal();
  await vi.waitFor(async () => expect((await desk.rejections()).slice(-1)).toMatchObject([{ reason: 'bot-stopped' }]), {
    timeout: 10_000,
    interval: 20,
  });
  expect(position()).toBeUndefined();
});

it('does a repeated request once', async () => {
  const stop = request();
  const first = await operator.request(executorRpc.stopBot, stop);
  expect(await operator.request(executorRpc.stopBot, stop)).toEqual(first);
});

it('takes settings as a whole and names the field that is wrong', async () => {
  const before = executor.portfolio.state.configVersion;
  const config = { ...defaultTradingConfig, stopLossPct: 3 };
  await operator.request(executorRpc.changeConfig, { ...request(), config });
  expect(executor.portfolio.state).toMatchObject({ configVersion: before + 1, config });
  await expect(
    operator.request(executorRpc.changeConfig, { ...request(), config: { ...config, stopLossPct: -1 } }),
  ).rejects.toMatchObject({ code: 'invalid-request', message: expect.stringContaining('stopLossPct') });
  expect(executor.portfolio.state.configVersion).toBe(before + 1);
});
