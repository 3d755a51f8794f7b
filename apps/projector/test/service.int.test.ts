import { patterns, price, PriceUpdated, projectorRpc, subjects, unixMs } from '@bot-core/events';
import { asAmount, dec } from '@bot-core/trading';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nothingKnown, project } from '../src/projections/project.ts';
import { historyOf } from './history.ts';
import { dump } from './postgres.ts';
import { type Service, startSystem, type System } from './system.ts';

const history = historyOf(500, 3);
const portfolioEvents = history.facts.filter(({ stream }) => stream === 'portfolio-main').length;
let system: System;
let service: Service;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.[Symbol.asyncDispose]());

const progress = () => system.bus.request(projectorRpc.progress, {});
const reached = async (ledgerRevision: number, signals: number): Promise<void> => {
  await expect.poll(progress, { timeout: 25_000, interval: 10 }).toMatchObject({
    ledgerRevision: expect.toSatisfy((n) => n >= ledgerRevision),
    signals: expect.toSatisfy((n) => n >= signals),
  });
};

it('follows ledger and signals; kill -9 in the middle changes nothing', async () => {
  service = await system.projector();
  const playing = system.play(history);
  for (const share of [0.2, 0.5]) {
    await reached(Math.floor(portfolioEvents * share), 0);
    await service.end('SIGKILL');
    service = await system.projector();
  }
  await playing;
  await reached(portfolioEvents - 1, history.signals.length);

  const rows = await dump(system.db);
  const { orders, positions, trades, decisions, equity } = project(nothingKnown('main'), history.facts);
  expect(Object.fromEntries(Object.entries(rows).map(([table, of]) => [table, of.length]))).toEqual({
    ...{ orders: orders.size, positions: positions.size, trades: trades.size, decisions: decisions.size },
    ...{ signals: history.signals.length, equity: equity.size, balances: 3, botStatus: 1 },
  });
  expect(rows.orders).toEqual([...orders.values()].map((row) => JSON.stringify(row, Object.keys(row).sort())).sort());
});

it('makes the same rows again: rebuilt beside the running service, and alone', async () => {
  const before = await dump(system.db);
  expect(await system.rebuild()).toMatchObject({ by: 'running projector' });
  await reached(portfolioEvents - 1, history.signals.length);
  expect(await dump(system.db)).toEqual(before);

  expect(await service.end('SIGTERM')).toBe(0);
  expect(await system.rebuild()).toMatchObject({ by: 'rebuild', rows: { signals: history.signals.length } });
  expect(await dump(system.db)).toEqual(before);
  service = await system.projector();
});

it('goes on after the database was killed', async () => {
  await system.crashPostgres();
  await expect
    .poll(async () => (await fetch(`${service.opsUrl}/health/ready`)).status, { timeout: 20_000, interval: 50 })
    .toBe(200);
  await reached(portfolioEvents - 1, history.signals.length);
});

it('answers every question by the contract', async () => {
  const { bus } = system;
  const page = { limit: 3, offset: 1 };
  const orders = await bus.request(projectorRpc.orders, page);
  const trades = await bus.request(projectorRpc.trades, page);
  const decisions = await bus.request(projectorRpc.decisions, page);
  const signals = await bus.request(projectorRpc.signals, { ...page, direction: 'neutral' });
  const equity = await bus.request(projectorRpc.equity, page);
  const balances = await bus.request(projectorRpc.balances, {});
  const positions = await bus.request(projectorRpc.positions, { limit: 100, offset: 0, status: 'closed' });
  const status = await bus.request(projectorRpc.botStatus, {});
  const pure = project(nothingKnown('main'), history.facts);

  const withoutRevision = <Row extends { revision: number }>({ revision: _revision, ...row }: Row) => row;
  const newest = <Row extends { revision: number }>(rows: Iterable<Row>) =>
    [...rows]
      .sort((a, b) => b.revision - a.revision)
      .slice(1, 4)
      .map(withoutRevision);
  expect(orders).toEqual({ total: pure.orders.size, rows: newest(pure.orders.values()) });
  expect(trades).toEqual({ total: pure.trades.size, rows: newest(pure.trades.values()) });
  expect(decisions.total).toBe(pure.decisions.size);
  expect(signals).toEqual({
    total: history.signals.filter(({ direction }) => direction === 'neutral').length,
    rows: history.signals
      .filter(({ direction }) => direction === 'neutral')
      .reverse()
      .slice(1, 4),
  });
  expect(equity).toEqual({ total: pure.equity.size, rows: [...pure.equity.values()].slice(1, 4) });
  expect(balances.rows.map(({ asset }) => asset)).toEqual(['BNB', 'BTC', 'USDT']);
  expect(positions.total).toBe([...pure.positions.values()].filter(({ status }) => status === 'closed').length);
  expect(positions.rows).toHaveLength(Math.min(100, positions.total));
  expect(status).toEqual(pure.botStatus);
});

it('lets the unrealised profit of an open position follow the live price, and tells so', async () => {
  const { bus } = system;
  const open = async () =>
    (await bus.request(projectorRpc.positions, { limit: 1, offset: 0, status: 'open' })).rows[0]!;
  const position = await open();
  expect(position.unrealisedPnl).toBeNull();
  const notices = bus.connection.subscribe(`view.positions.${position.positionId}`);
  for (const text of ['21000.5', '30000.25']) {
    const time = unixMs(Date.parse('2030-01-01') + Number.parseInt(text, 10));
    const subject = subjects.price(position.symbol);
    const id = `price-${text}`;
    bus.notify({
      ...{ id, definition: PriceUpdated, source: 'test', time, subject, correlationId: id, causationId: id },
      data: { symbol: position.symbol, price: price(text), at: time },
    });
    const expected = asAmount(dec(text).times(position.quantity).minus(position.cost));
    await expect.poll(async () => (await open()).unrealisedPnl, { timeout: 5_000, interval: 10 }).toBe(expected);
  }
  for await (const _notice of notices) break; // at once for the first price, within 250 ms for what followed
});

it('tells of every commit on the bus, in growing order', async () => {
  const { bus } = system;
  const notices = bus.connection.subscribe(patterns.views);
  await bus.connection.flush();
  const longer = historyOf(520, 3);
  await system.play(longer, { fact: history.facts.length, signal: history.signals.length });
  await reached(longer.facts.filter(({ stream }) => stream === 'portfolio-main').length - 1, longer.signals.length);
  await bus.connection.flush();
  void notices.drain();
  const told: { readModel: string; sequence: number }[] = [];
  for await (const notice of notices) told.push(notice.json());
  expect(new Set(told.map(({ readModel }) => readModel))).toEqual(
    new Set(['signals', 'decisions', 'orders', 'positions', 'trades', 'balances', 'equity', 'bot-status']),
  );
  expect(told.map(({ sequence }) => sequence)).toEqual(told.map(({ sequence }) => sequence).sort((a, b) => a - b));
});

it('is ready with its dependencies, and counts its work', async () => {
  const health = (await (await fetch(`${service.opsUrl}/health/ready`)).json()) as { dependencies: object };
  expect(Object.keys(health.dependencies).sort()).toEqual([
    'event store',
    'nats',
    'postgres',
    'projection',
    'projector',
  ]);
  expect((await fetch(`${service.opsUrl}/health/ready`)).status).toBe(200);
  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  expect(metrics).toMatch(/projector_writer\{service="projector"\} 1/);
  expect(metrics).toMatch(/projector_signals_total\{service="projector"\} 20/);
});

it('lets a second one stand by: it answers, and writes when the first is gone', async () => {
  const standby = await system.projector();
  await service.end('SIGKILL');
  const longer = historyOf(560, 3);
  const before = historyOf(520, 3);
  await system.play(longer, { fact: before.facts.length, signal: before.signals.length });
  await reached(longer.facts.filter(({ stream }) => stream === 'portfolio-main').length - 1, longer.signals.length);
  expect(await standby.end('SIGTERM')).toBe(0);
});

it('reads signals from the beginning again when everything on the bus was lost', async () => {
  service = await system.projector();
  const before = await dump(system.db);
  await system.loseBus();
  await system.play({ ...history, facts: [] }, { fact: 0, signal: history.signals.length - 5 });
  await expect.poll(progress, { timeout: 20_000, interval: 50 }).toMatchObject({ signals: 5 });
  expect(await dump(system.db)).toEqual(before);
});
