import { type AnyLedgerEvent, type CandlesMissing, type SignalEmitted } from '@bot-core/events';
import { dec, type Decimal, sum } from '@bot-core/trading';
import type { Check } from './audit.ts';

/** What a run came to. Money in the quote asset, as decimal strings. */
export interface Summary {
  readonly candles: { readonly history: number; readonly played: number };
  readonly outages: readonly { readonly symbol: string; readonly from: string; readonly candles: number }[];
  readonly signals: Readonly<Record<string, number>>;
  /** By outcome: accepted, or the reason of the refusal. */
  readonly decisions: Readonly<Record<string, number>>;
  /** By purpose and how they ended. */
  readonly orders: Readonly<Record<string, number>>;
  readonly fills: number;
  readonly roundTrips: {
    readonly count: number;
    readonly won: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly fees: string;
  readonly realisedPnl: string;
  readonly initialEquity: string;
  readonly finalEquity: string;
  readonly seconds: number;
  readonly candlesPerSecond: number;
  readonly peakMemoryMiB: Readonly<Record<string, number>>;
  readonly restarts: Readonly<Record<string, number>>;
  readonly ledger: { readonly events: number; readonly hash: string };
  readonly checks: readonly Check[];
}

/** Counts of the ledger's events and of the signals. Pure. */
export const countsOf = (events: readonly AnyLedgerEvent[], signals: readonly SignalEmitted[]) => {
  const closed = events.flatMap((event) => (event.type === 'PositionClosed' ? [event.data] : []));
  const fees = events.flatMap((event) => (event.type === 'FillRecorded' ? [dec(event.data.feeInQuote)] : []));
  const ends = new Map(
    events.flatMap((event) =>
      isOrderEnd(event) ? [[event.data.clientOrderId, event.type.slice(5).toLowerCase()] as const] : [],
    ),
  );
  return {
    signals: tally(signals.map(({ direction, cause }) => (cause === 'model' ? direction : `neutral (${cause})`))),
    decisions: tally(
      events.flatMap((event) => {
        if (event.type === 'SignalAccepted') return ['accepted'];
        return event.type === 'SignalRejected' ? [event.data.reason] : [];
      }),
    ),
    orders: tally(
      events.flatMap((event) =>
        event.type === 'OrderRequested'
          ? [`${event.data.purpose} ${ends.get(event.data.clientOrderId) ?? 'open'}`]
          : [],
      ),
    ),
    fills: fees.length,
    fees: money(sum(fees)),
    roundTrips: {
      count: closed.length,
      won: closed.filter(({ realisedPnl }) => dec(realisedPnl).gt(0)).length,
      byReason: tally(closed.map(({ reason }) => reason)),
    },
    realisedPnl: money(sum(closed.map(({ realisedPnl }) => dec(realisedPnl)))),
  };
};

export const outagesOf = (missing: readonly CandlesMissing[]): Summary['outages'] =>
  missing.map(({ symbol, firstOpenTime, count }) => ({
    symbol,
    from: new Date(firstOpenTime).toISOString(),
    candles: count,
  }));

/** The summary as people read it. */
export const printed = (summary: Summary): string => {
  const { candles, roundTrips, checks, ledger } = summary;
  const lines = [
    ['candles', `${candles.played} played after ${candles.history} of history`],
    ['outages', summary.outages.map(({ from, candles: count }) => `${from} (${count})`).join(', ') || 'none'],
    ['signals', listed(summary.signals)],
    ['decisions', listed(summary.decisions)],
    ['orders', listed(summary.orders)],
    ['fills', String(summary.fills)],
    ['round trips', `${roundTrips.count}, ${roundTrips.won} with a gain; left by ${listed(roundTrips.byReason)}`],
    ['fees', summary.fees],
    ['realised PnL', summary.realisedPnl],
    ['equity', `${summary.initialEquity} → ${summary.finalEquity}`],
    ['ledger', `${ledger.events} events, sha256 ${ledger.hash}`],
    ['speed', `${summary.seconds.toFixed(1)} s, ${summary.candlesPerSecond.toFixed(0)} candles/s`],
    [
      'peak memory',
      Object.entries(summary.peakMemoryMiB)
        .map(([name, mib]) => `${name} ${mib.toFixed(0)} MiB`)
        .join(', '),
    ],
    ['restarts', listed(summary.restarts)],
  ].map(([name, value]) => `${name?.padEnd(14)}${value}`);
  const results = checks.flatMap(({ name, holds, differences }) => [
    `${holds ? '✓' : '✗'} ${name}`,
    ...differences.map((difference) => `    ${difference}`),
  ]);
  return [...lines, '', ...results].join('\n');
};

type OrderEnd = Extract<
  AnyLedgerEvent,
  { type: `Order${'Filled' | 'Canceled' | 'Expired' | 'Rejected' | 'Abandoned'}` }
>;
const isOrderEnd = (event: AnyLedgerEvent): event is OrderEnd =>
  event.type === 'OrderFilled' ||
  event.type === 'OrderCanceled' ||
  event.type === 'OrderExpired' ||
  event.type === 'OrderRejected' ||
  event.type === 'OrderAbandoned';

const tally = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const money = (value: Decimal): string => value.toFixed();
