import { asset } from '@bot-core/events';
import { NotNow } from '@bot-core/exchange';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BTCUSDT, type Desk, type Executor, fault, openDesk, openOrders, trades } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const typesIn = async () => (await desk.ledger()).map(({ type }) => type);
const count = async (type: string) => (await typesIn()).filter((one) => one === type).length;
const position = ({ portfolio }: Executor) => portfolio.state.positions.get(BTCUSDT);
const until = (holds: () => void | Promise<void>) => vi.waitFor(holds, { timeout: 10_000, interval: 20 });

/** The money at the exchange and in the ledger's fold, to the last digit. */
const expectBalanced = ({ portfolio }: Executor) => {
  const { balances } = desk.simulator.control({ op: 'state' }) as {
    balances: Record<string, { free: string; locked: string }>;
  };
  for (const [name, { free, locked }] of Object.entries(balances))
    expect(portfolio.state.balances.get(asset(name))?.toNumber() ?? 0, name).toBeCloseTo(
      Number(free) + Number(locked),
      8,
    );
};

it('turns a signal into one order, books its fills and puts the protection on the exchange', async () => {
  const executor = await desk.start();
  await executor.consider('long');
  expect((await typesIn()).slice(3)).toEqual([
    'SignalAccepted',
    'OrderRequested',
    'OrderClaimed',
    'OrderAccepted',
    'FillRecorded',
    'PositionOpened',
    'OrderFilled',
    'OrderRequested',
    'OrderClaimed',
    'OrderAccepted',
    'PositionProtected',
  ]);
  expect(openOrders(desk.simulator)).toHaveLength(2);
  expectBalanced(executor);
});

it('closes a position by a short signal: protection off, exit after it', async () => {
  const executor = await desk.start();
  await executor.consider('long');
  desk.simulator.control({ op: 'advance' });
  await executor.consider('short');
  expect(position(executor)).toBeUndefined();
  expect(openOrders(desk.simulator)).toEqual([]);
  expect((await typesIn()).slice(-1)).toEqual(['PositionClosed']);
  expectBalanced(executor);
});

it('hears from the exchange that a stop or a target was hit', async () => {
  const executor = await desk.start();
  await executor.consider('long');
  while (openOrders(desk.simulator).length > 0) desk.simulator.control({ op: 'advance' });
  await until(() => expect(position(executor)).toBeUndefined());
  const [closed] = (await desk.ledger()).slice(-1);
  expect(closed).toMatchObject({
    type: 'PositionClosed',
    data: { reason: expect.stringMatching(/^(stop-loss|take-profit)$/) },
  });
  expectBalanced(executor);
});

it('finds out by asking when no report comes', async () => {
  const executor = await desk.start();
  await executor.consider('long');
  fault(desk.simulator, { kind: 'lost-reports' });
  while (openOrders(desk.simulator).length > 0) desk.simulator.control({ op: 'advance' });
  await until(() => expect(position(executor)).toBeUndefined());
  expectBalanced(executor);
});

describe('sends an order once', () => {
  it.each([
    ['the exchange took it and answered 500', { kind: 'error-after' }],
    ['the exchange took it and timed out', { kind: 'timeout-after' }],
    ['the exchange took it and the socket broke', { kind: 'hang-up-after' }],
    ['the exchange never got it', { kind: 'hang-up-before' }],
    ['the exchange failed before it took it', { kind: 'error-before' }],
    ['the exchange asked to wait', { kind: 'rate-limit', retryAfterSeconds: 1 }],
  ])('when %s', async (_case, spec) => {
    const executor = await desk.start();
    fault(desk.simulator, { ...spec, count: 1, method: 'POST', path: '/api/v3/order' });
    await executor.consider('long');
    await until(() => expect(position(executor)?.protection).toBeTruthy());
    expect(trades(desk.simulator)).toHaveLength(1);
    expect(await count('OrderRequested')).toBe(2);
    expectBalanced(executor);
  });
});

it('keeps its claim when the exchange is busy after it took the order', async () => {
  const executor = await desk.start();
  const ask = desk.exchange.rules.bind(desk.exchange);
  let calls = 0;
  vi.spyOn(desk.exchange, 'rules').mockImplementation((symbol) => {
    calls += 1;
    // The first call is for the decision, the second for what the accepted order leads to.
    return calls === 2 ? Promise.reject(new NotNow('the rules', 10, new Error('busy'))) : ask(symbol);
  });
  await executor.consider('long').catch(() => undefined);
  await until(() => expect(position(executor)?.protection).toBeTruthy());
  expect(trades(desk.simulator)).toHaveLength(1);
  expect(await count('OrderReleased')).toBe(0);
  expectBalanced(executor);
});

describe('an executor that is killed', () => {
  it('after it claimed leaves an order that the next one finds at the exchange', async () => {
    const first = await desk.start();
    fault(desk.simulator, { kind: 'latency-after', ms: 1_000, count: 1, method: 'POST', path: '/api/v3/order' });
    const considering = first.consider('long');
    await until(() => expect(trades(desk.simulator)).toHaveLength(1));
    await first.abandon();
    await considering.catch(() => undefined);
    const next = await desk.start();
    await next.trader.settle();
    expect(position(next)?.protection).toBeTruthy();
    expect(trades(desk.simulator)).toHaveLength(1);
    expectBalanced(next);
  });

  it('between decision and claim leaves an order that the next one sends', async () => {
    const first = await desk.start();
    vi.spyOn(first.trader, 'settle').mockResolvedValue();
    await first.consider('long');
    await first.abandon();
    const next = await desk.start();
    await next.trader.settle();
    expect(position(next)?.protection).toBeTruthy();
    expect(trades(desk.simulator)).toHaveLength(1);
  });
});

it('two executors on one portfolio make one order of one signal', async () => {
  const [one, two] = [await desk.start(), await desk.start()];
  await Promise.all([one.consider('long'), two.consider('long')]);
  await until(async () => {
    await Promise.all([one.portfolio.load(), two.portfolio.load()]);
    expect(position(one)?.protection).toBeTruthy();
    expect(position(two)?.protection).toBeTruthy();
  });
  expect(trades(desk.simulator)).toHaveLength(1);
  expect(await count('SignalAccepted')).toBe(1);
  expectBalanced(one);
});
