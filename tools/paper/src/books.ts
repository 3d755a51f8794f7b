import { createHash } from 'node:crypto';
import { type AnyLedgerEvent, fromRecord, ledgerPrefixes, ledgerStreams } from '@bot-core/events';
import type { EventStore, RecordedEvent } from '@bot-core/event-store';
import { evolve, initialPortfolio, ordersInFlight, type Portfolio, type TradingEvent } from '@bot-core/trading';

/** The ledger as this tool reads it for itself: every event, and the state folded from them. */
export interface Books {
  readonly events: readonly AnyLedgerEvent[];
  readonly state: Portfolio;
  /** Newest portfolio revision read; -1 before the first. */
  readonly revision: number;
  /** Trade ids booked, as `SYMBOL/ID`. */
  readonly booked: ReadonlySet<string>;
  readonly quiet: boolean;
  /** Resolves when `holds` does; asked after every event. */
  until(holds: (books: Books) => boolean): Promise<void>;
  /** SHA-256 over id, type and data of every event, stream by stream: equal for two runs that decided and did the same. */
  hash(): string;
  readonly failed: Promise<never>;
}

/** Subscribes to the ledger from its start. Ends with `signal`. */
export const openBooks = (ledger: EventStore, botId: string, signal: AbortSignal): Books => {
  const events: AnyLedgerEvent[] = [];
  const booked = new Set<string>();
  const byStream = new Map<string, string[]>();
  const waiting = new Set<{ holds: (books: Books) => boolean; resolve: () => void }>();
  let state = initialPortfolio(botId);
  let revision = -1;

  const take = (record: RecordedEvent): void => {
    const event = fromRecord(record);
    events.push(event);
    if (event.type === 'FillRecorded') booked.add(`${event.data.symbol}/${event.data.tradeId}`);
    const lines = byStream.get(record.stream) ?? [];
    lines.push(JSON.stringify([event.id, event.type, event.data]));
    byStream.set(record.stream, lines);
    if (record.stream === ledgerStreams.portfolio(botId)) revision = record.revision;
    if (!record.stream.startsWith(ledgerPrefixes.model)) state = evolve(state, event as TradingEvent);
    for (const waiter of waiting) {
      if (!waiter.holds(books)) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };

  const books: Books = {
    events,
    booked,
    get state() {
      return state;
    },
    get revision() {
      return revision;
    },
    get quiet() {
      return ordersInFlight(state).length === 0;
    },
    until: (holds) =>
      holds(books) ? Promise.resolve() : new Promise<void>((resolve) => waiting.add({ holds, resolve })),
    hash: () => {
      const digest = createHash('sha256');
      for (const stream of [...byStream.keys()].sort())
        digest.update(`${stream}\n${byStream.get(stream)?.join('\n')}\n`);
      return digest.digest('hex');
    },
    failed: ledger
      .subscribe({ prefixes: Object.values(ledgerPrefixes) }, 'start', async (record) => take(record), { signal })
      .then(() => new Promise<never>(() => undefined)),
  };
  return books;
};
