import { type Message, type PriceUpdated, price, unixMs, type ViewChanged } from '@bot-core/events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { noticesOf } from '../src/live/notices.ts';
import { OpenPositions } from '../src/live/open-positions.ts';
import { LivePrices } from '../src/live/prices.ts';
import { initialAccount } from '../src/projections/account.ts';
import { nothingKnown, project } from '../src/projections/project.ts';
import type { Applied } from '../src/writer/batch.ts';
import { mailbox } from '../src/writer/mailbox.ts';
import { BTCUSDT, entryRequested, given, positionId, positionOpened } from './given.ts';
import { historyOf } from './history.ts';

const writing = (commits: number, known = nothingKnown('main')): Applied['writing'] => ({
  known,
  checkpoint: {
    ...{ id: 1, botId: 'main', modelVersion: 1, commits, ledgerPosition: null, portfolioRevision: 0 },
    ...{ signalsSequence: 0, signalsStream: null, account: initialAccount },
  },
});
const applied = (change: Partial<Applied>): Applied => ({
  ...{ writing: writing(7), changes: undefined, signals: [], facts: 0, items: 1, newestStoredAt: undefined },
  ...change,
});
const told = (messages: readonly Message<ViewChanged>[]) => messages.map(({ subject, data }) => ({ subject, ...data }));

describe('notices', () => {
  it('name each row that changed, with the number of the commit', () =>
    expect(told(noticesOf(applied({ changes: given(entryRequested(5)) })))).toEqual([
      { subject: 'view.orders.bot-entry', readModel: 'orders', key: 'bot-entry', sequence: 7 },
      { subject: 'view.bot-status.main', readModel: 'bot-status', key: 'main', sequence: 7 },
    ]));
  it('tell of many rows as many, on a subject without a wildcard', () => {
    const { facts, signals } = historyOf(300);
    const changes = project(nothingKnown('main'), facts);
    expect(told(noticesOf(applied({ changes, signals }))).filter(({ key }) => key === '*')).toEqual(
      ['signals', 'orders', 'positions', 'trades', 'decisions', 'equity', 'balances'].map((readModel) => ({
        ...{ subject: `view.${readModel}.all`, readModel, key: '*', sequence: 7 },
      })),
    );
  });
});

describe('an open position', () => {
  afterEach(() => vi.useRealTimers());
  const update = (ms: number, symbol = BTCUSDT): PriceUpdated => ({ symbol, price: price('1'), at: unixMs(ms) });

  it('is told of at most four times a second, and in the end with the newest price', () => {
    vi.useFakeTimers();
    const notices: Message<ViewChanged>[] = [];
    const open = new OpenPositions((message) => notices.push(message));
    const { positions } = given(entryRequested(1), positionOpened(2, '1', '1'));
    open.follow(writing(3, { ...nothingKnown('main'), positions }));
    for (let ms = 1; ms <= 100; ms += 1) open.priceChanged(update(ms));
    expect(notices.map(({ time }) => time)).toEqual([1]);
    vi.advanceTimersByTime(250);
    expect(notices.map(({ time }) => time)).toEqual([1, 100]);
    expect(told(notices)[0]).toEqual({
      ...{ subject: `view.positions.${positionId}`, readModel: 'positions', key: positionId, sequence: 3 },
    });
  });
  it('is told of by the writer only', () => {
    const open = new OpenPositions(() => expect.unreachable());
    open.follow(undefined);
    open.priceChanged(update(1));
  });
});

it('keeps the newest price, whatever the order they come in', () => {
  const prices = new LivePrices();
  expect(prices.take({ symbol: BTCUSDT, price: price('2'), at: unixMs(2) })).toBe(true);
  expect(prices.take({ symbol: BTCUSDT, price: price('1'), at: unixMs(1) })).toBe(false);
  expect(prices.of(BTCUSDT)).toBe('2');
});

describe('the mailbox', () => {
  it('gives what has gathered, in its order, as much as is wanted', async () => {
    const box = mailbox<number>(10);
    for (const item of [1, 2, 3]) await box.push(item);
    expect(await box.take(2, 0)).toEqual([1, 2]);
    expect(await box.take(2, 0)).toEqual([3]);
    expect(await box.take(2, 0)).toBeUndefined();
  });
  it('holds a source back while it is full, and lets it go when it is closed', async () => {
    const box = mailbox<number>(2);
    await box.push(1);
    let through = false;
    const waiting = box.push(2).then(() => (through = true));
    await Promise.resolve();
    expect(through).toBe(false);
    await box.take(1, 0);
    await waiting;
    const again = box.push(3);
    box.close();
    await again;
    expect(await box.take(1, 60_000)).toBeUndefined();
  });
  it('wakes a waiting writer at once', async () => {
    const box = mailbox<number>(2);
    const taken = box.take(5, 60_000);
    await box.push(1);
    expect(await taken).toEqual([1]);
  });
});
