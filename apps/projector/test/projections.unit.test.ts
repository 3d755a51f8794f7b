import {
  type DecisionEvent,
  defaultTradingConfig,
  type EquityRow,
  idOf,
  type PortfolioEvent,
  price,
  unixMs,
} from '@bot-core/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answered } from '../src/live/unrealised.ts';
import { firstVerdict } from '../src/projections/decisions.ts';
import { nothingKnown, project } from '../src/projections/project.ts';
import {
  accepted,
  balancesObserved,
  botStarted,
  botStopped,
  BTCUSDT,
  canceled,
  claimed,
  configChanged,
  entry,
  entryRequested,
  filled,
  fillRecorded,
  given,
  positionClosed,
  positionId,
  positionOpened,
  positionProtected,
  positionReduced,
  protection,
  protectionRequested,
  rejected,
  signalId,
} from './given.ts';
import { historyOf } from './history.ts';

const buy = {
  id: '1',
  side: 'BUY',
  quantity: '0.20',
  price: '100.00',
  quote: '20.0000',
  fee: '0.05',
  feeAsset: 'USDT',
} as const;
const buyMore = { ...buy, id: '2', quantity: '0.30', quote: '30.0000' } as const;
const sell = { ...buy, id: '3', side: 'SELL', quantity: '0.4999', price: '110.00', quote: '54.989' } as const;
const opening = [entryRequested(1), claimed(entry, 2), accepted(entry, 3), fillRecorded(entry, 3, buy)];
const order = {
  ...{ clientOrderId: entry, exchangeOrderId: '77', symbol: BTCUSDT, purpose: 'entry', type: 'market', side: 'BUY' },
  ...{ quantity: '0.50', signalId, positionId, rejection: null, requestedAt: 1, revision: 0 },
};
const openPosition = {
  ...{
    positionId,
    symbol: BTCUSDT,
    status: 'open',
    quantity: '0.50',
    entryPrice: '100.00',
    cost: '50.05',
    paid: '50.05',
  },
  ...{ stopPrice: null, takeProfitPrice: null, protectedBy: null, exitPrice: null, realisedPnl: '0', fees: '0' },
  ...{ dust: '0', signalId, closeReason: null, openedAt: 3, closedAt: null, revision: 4 },
};

describe('orders', () => {
  const rowAfter = (...events: PortfolioEvent[]) => given(...events).orders.get(entry);

  it('begins as asked for', () =>
    expect(rowAfter(entryRequested(1))).toEqual({
      ...order,
      ...{ exchangeOrderId: null, status: 'requested', executedQuantity: '0', quoteQuantity: '0', updatedAt: 1 },
    }));
  it('adds its fills up', () =>
    expect(rowAfter(...opening, fillRecorded(entry, 4, buyMore))).toEqual({
      ...order,
      ...{ status: 'filling', executedQuantity: '0.5', quoteQuantity: '50', updatedAt: 4 },
    }));
  it('ends with the sums that the ledger tells', () =>
    expect(rowAfter(...opening, filled(entry, 5, ['0.20', '20.0000']))).toEqual({
      ...order,
      ...{ status: 'filled', executedQuantity: '0.20', quoteQuantity: '20.0000', updatedAt: 5 },
    }));
  it("keeps the exchange's words of a rejection", () =>
    expect(rowAfter(entryRequested(1), claimed(entry, 2), rejected(entry, 3))).toEqual({
      ...order,
      ...{ exchangeOrderId: null, status: 'rejected', executedQuantity: '0', quoteQuantity: '0', updatedAt: 3 },
      rejection: '-2010: Account has insufficient balance.',
    }));
  it('refuses a ledger that moves an order nobody asked for, or in a way that cannot be', () => {
    expect(() => given(claimed(entry, 1))).toThrow(/bot-entry, which was never requested. The ledger is inconsistent/);
    expect(() => given(entryRequested(1), accepted(entry, 2), claimed(entry, 3))).toThrow(
      /order bot-entry is accepted; OrderClaimed cannot follow/,
    );
  });
});

describe('positions', () => {
  const opened = [...opening, positionOpened(3, '0.50', '50.05')];
  const guarded = [...opened, protectionRequested(4), accepted(protection, 5), positionProtected(5)];
  const rowAfter = (...events: PortfolioEvent[]) => given(...events).positions.get(positionId);

  it('opens with the first fill', () => expect(rowAfter(...opened)).toEqual(openPosition));
  it('shows the prices that rest on the exchange', () =>
    expect(rowAfter(...guarded)).toEqual({
      ...openPosition,
      ...{ stopPrice: '90', takeProfitPrice: '110', protectedBy: protection },
    }));
  it('is unprotected again when its protection has ended', () =>
    expect(rowAfter(...guarded, canceled(protection, 6))).toEqual(openPosition));
  it('keeps the average cost of what is left', () =>
    expect(rowAfter(...opened, positionReduced(6, '0.20', '3.96'))).toEqual({
      ...openPosition,
      ...{ quantity: '0.20', cost: '20.02', realisedPnl: '3.96' },
    }));
  it('closes with its result, its reason and its dust, and tells all that was paid', () =>
    expect(rowAfter(...guarded, positionReduced(7, '0.0001', '4.90'), positionClosed(7, '4.90'))).toEqual({
      ...openPosition,
      ...{ status: 'closed', quantity: '0', exitPrice: '110.0', realisedPnl: '4.90', fees: '0.10', dust: '0.0001' },
      ...{ closeReason: 'take-profit', closedAt: 7 },
    }));
  it('gains what the live price leaves over its cost; unknown without a price, nothing once closed', () => {
    const row = rowAfter(...opened, positionReduced(6, '0.20', '3.96'));
    const closed = rowAfter(...opened, positionClosed(7, '4.90'));
    expect(answered(row!, price('120.5')).unrealisedPnl).toBe('4.08');
    expect(answered(row!, undefined).unrealisedPnl).toBeNull();
    expect(answered(closed!, price('120.5')).unrealisedPnl).toBe('0');
  });
});

it('has one trade row for each fill, with the position that the fill belongs to', () => {
  expect([...given(...opening).trades.values()]).toEqual([
    {
      ...{ symbol: BTCUSDT, tradeId: '1', clientOrderId: entry, positionId, side: 'BUY', quantity: '0.20' },
      ...{ price: '100.00', quoteQuantity: '20.0000', fee: '0.05', feeAsset: 'USDT', feeInQuote: '0.05', at: 3 },
      revision: 3,
    },
  ]);
});

describe('the account', () => {
  const start = balancesObserved({ USDT: '1000.50', BNB: '2' });

  it('follows what was observed, then the fills', () => {
    const { account } = given(start, ...opening, fillRecorded(entry, 4, { ...buyMore, fee: '0.001', feeAsset: 'BNB' }));
    expect(account.balances).toEqual({ USDT: '950.45', BNB: '1.999', BTC: '0.5' });
  });
  it('has a point of the equity curve for each observation and fill; what has no price counts nothing', () =>
    expect([...given(start, ...opening).equity.values()]).toEqual([
      { sequence: 0, at: 0, equity: '1000.5', realisedPnl: '0' },
      { sequence: 4, at: 3, equity: '1000.45', realisedPnl: '0' },
    ]));
  it("puts a position's profit into the point of the fill that made it", () => {
    const events = [...opening, positionOpened(3, '0.50', '50.05'), fillRecorded(entry, 5, sell)];
    const { equity } = given(start, ...events, positionReduced(5, '0.0001', '4.90'), positionClosed(5, '4.95'));
    expect([...equity.values()].at(-1)).toEqual({ sequence: 6, at: 5, equity: '1002.4', realisedPnl: '4.95' });
  });
  it('forgets an asset that a later observation does not name', () =>
    expect(given(start, balancesObserved({ USDT: '7' })).account.balances).toEqual({ USDT: '7' }));
});

it('shows the bot at a glance', () => {
  const before = [
    configChanged(3, 1),
    botStarted(2),
    ...opening,
    positionOpened(3, '0.50', '50.05'),
    protectionRequested(4),
  ];
  const glance = { botId: 'main', config: defaultTradingConfig, configVersion: 3 };
  expect(given(...before).botStatus).toEqual({
    ...glance,
    ...{ running: true, openPositions: 1, ordersInFlight: 1, ledgerRevision: 7, updatedAt: 4 },
  });
  expect(given(...before, accepted(protection, 5), positionClosed(6, '1'), botStopped(7)).botStatus).toEqual({
    ...glance,
    ...{ running: false, openPositions: 0, ordersInFlight: 0, ledgerRevision: 10, updatedAt: 7 },
  });
});

it('keeps the verdict that made an order, and otherwise the first', () => {
  const { facts } = historyOf(60);
  const verdict = (type: string) =>
    [...project(nothingKnown('main'), facts).decisions.values()].find(({ outcome }) => outcome === type)!;
  const [yes, no] = [verdict('accepted'), verdict('rejected')];
  expect(firstVerdict(undefined, no)).toBe(no);
  expect(firstVerdict(no, yes)).toBe(yes);
  expect(firstVerdict(yes, no)).toBe(yes);
  expect(firstVerdict(no, { ...no, reason: 'disabled' })).toBe(no);
});

it('tells why a signal was refused', () => {
  const rejection: DecisionEvent = {
    ...{ id: idOf('x'), type: 'SignalRejected' },
    data: {
      ...{ signalId, symbol: BTCUSDT, interval: '1m', openTime: unixMs(5), direction: 'long', confidence: 60 },
      ...{ modelId: 'm', price: price('1'), reason: 'low-confidence', figures: { confidence: '60' } },
      ...{ configVersion: 2, at: unixMs(9) },
    },
  };
  const { decisions, botStatus } = project(nothingKnown('main'), [{ event: rejection, revision: 0 }]);
  expect([...decisions.values()]).toEqual([
    {
      ...{ signalId, symbol: BTCUSDT, openTime: 5, direction: 'long', outcome: 'rejected', reason: 'low-confidence' },
      ...{ figures: { confidence: '60' }, configVersion: 2, at: 9 },
    },
  ]);
  expect(botStatus.ledgerRevision).toBe(-1);
});

it("agrees with the decider's own fold", () => {
  const { facts, portfolio } = historyOf(500, 3);
  const { orders, positions, account, botStatus } = project(nothingKnown('main'), facts);
  expect(portfolio.positions.size).toBe(1);
  expect([...positions.values()].filter(({ status }) => status === 'open')).toMatchObject(
    [...portfolio.positions.values()].map((held) => ({
      ...{ positionId: held.positionId, quantity: held.quantity.toFixed(), cost: held.cost.toFixed() },
      ...{ realisedPnl: held.realisedPnl.toFixed(), stopPrice: held.protection?.stopPrice },
    })),
  );
  expect(account.balances).toEqual(
    Object.fromEntries([...portfolio.balances].map(([name, total]) => [name, total.toFixed()])),
  );
  expect(botStatus).toMatchObject({ running: portfolio.running, openPositions: 1, ordersInFlight: 0 });
  for (const [id, { status, executed }] of portfolio.orders)
    expect(orders.get(id)).toMatchObject({ status, executedQuantity: executed.toFixed() });
});

it('gives the same rows however the events are cut into batches', () => {
  const { facts } = historyOf(80, 4);
  const whole = project(nothingKnown('main'), facts);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
      let known = nothingKnown('main');
      const equity = new Map<number, EquityRow>();
      for (let from = 0, turn = 0; from < facts.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        const changes = project(known, facts.slice(from, from + size));
        for (const [sequence, row] of changes.equity) equity.set(sequence, row);
        known = {
          ...{ account: changes.account, botStatus: changes.botStatus },
          orders: new Map([...known.orders, ...changes.orders]),
          positions: new Map([...known.positions, ...changes.positions]),
        };
        from += size;
      }
      expect(known).toEqual({
        ...{ orders: whole.orders, positions: whole.positions, account: whole.account, botStatus: whole.botStatus },
      });
      expect(equity).toEqual(whole.equity);
    }),
    { numRuns: 30 },
  );
});
