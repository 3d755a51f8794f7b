import { type DecisionEvent, fromRecord, ledgerPrefixes, ledgerStreams, type PortfolioEvent } from '@bot-core/events';
import type { EventStore, Position } from '@bot-core/event-store';
import type { LedgerItem, LedgerPassed } from './item.ts';

interface Follow {
  readonly botId: string;
  /** As the checkpoint has it; null for the beginning. */
  readonly after: string | null;
  readonly push: (item: LedgerItem | LedgerPassed) => Promise<void>;
  readonly onCaughtUp: () => void;
  readonly signal: AbortSignal;
}

/**
 * Brings the events of the bot's portfolio and its decisions, in the ledger's order, until `signal` is aborted.
 * @throws {UnreadableLedgerEvent} an event that this build cannot read: nothing behind it may be projected.
 */
export const followLedger = (store: EventStore, { botId, after, push, onCaughtUp, signal }: Follow): Promise<void> => {
  const portfolio = ledgerStreams.portfolio(botId);
  const decisions = `${ledgerPrefixes.decision}${botId}-`;
  return store.subscribe(
    { prefixes: [portfolio, decisions] },
    after === null ? 'start' : (after as Position), // given back as it was got
    async (record) => {
      const { revision, position, created } = record;
      const stream = record.stream === portfolio ? 'portfolio' : 'decision';
      if (stream === 'decision' && !record.stream.startsWith(decisions)) return; // another bot's, whose name begins as ours
      const event = fromRecord(record) as PortfolioEvent | DecisionEvent; // these streams hold no others
      await push({ source: 'ledger', stream, fact: { event, revision }, position, storedAt: created.getTime() });
    },
    { signal, onCaughtUp, onCheckpoint: (position) => push({ source: 'ledger-passed', position }) },
  );
};
