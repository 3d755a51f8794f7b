import { amount, asset, defaultTradingConfig, idOf, unixMs } from '@bot-core/events';
import type { EventStore } from '@bot-core/event-store';
import { inMemoryEventStore } from '@bot-core/event-store/memory';
import { expect, it } from 'vitest';
import { PortfolioService } from '../src/portfolio/portfolio.service.ts';

const cause = { correlationId: idOf('test'), causationId: idOf('test') };
const at = unixMs(1);

/** Counts the portfolio's events that are read. */
const counting = (ledger: EventStore) => {
  let read = 0;
  const counted: EventStore = {
    ...ledger,
    async *read(stream, options) {
      for await (const record of ledger.read(stream, options)) {
        if (stream === 'portfolio-main') read += 1;
        yield record;
      }
    },
  };
  return { counted, read: () => read };
};

/** Changes the settings `times` times: one event each, after the first one of the balances. */
const changes = async (portfolio: PortfolioService, times: number) => {
  await portfolio.load();
  await portfolio.execute(
    { type: 'ObserveBalances', balances: [{ asset: asset('USDT'), total: amount('10000') }], at },
    cause,
  );
  for (let change = 1; change <= times; change += 1) {
    const config = { ...defaultTradingConfig, maxPositions: 1 + (portfolio.state.configVersion % 7) };
    const requestId = idOf('change', portfolio.state.configVersion);
    await portfolio.execute({ type: 'ChangeConfig', requestId, by: 'test', config, at }, cause);
  }
};

it('starts from the newest snapshot and what came after it, however long the history is', async () => {
  const ledger = inMemoryEventStore();
  const first = new PortfolioService(ledger, 'main', { snapshotEvery: 10 });
  await changes(first, 104);
  const { counted, read } = counting(ledger);
  const next = new PortfolioService(counted, 'main', { snapshotEvery: 10 });
  await next.load();
  expect(next.state).toEqual(first.state);
  expect(next.revision).toBe(first.revision);
  expect(read()).toBeLessThanOrEqual(11);
});

it('reads everything when the snapshot is of a ledger that lost its newest events', async () => {
  const ledger = inMemoryEventStore();
  await changes(new PortfolioService(ledger, 'main', { snapshotEvery: 10 }), 25);
  const restored = inMemoryEventStore();
  for (const stream of ['portfolio-main', 'snapshot-main']) {
    const events = [];
    for await (const { id, type, data, metadata } of ledger.read(stream)) events.push({ id, type, data, metadata });
    await restored.append(stream, stream === 'portfolio-main' ? events.slice(0, 15) : events, 'no-stream');
  }
  const portfolio = new PortfolioService(restored, 'main');
  await portfolio.load();
  expect(portfolio.revision).toBe(14);
  expect(portfolio.state.configVersion).toBe(14);
});
