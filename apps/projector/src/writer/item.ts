import type { UnixMs } from '@bot-core/events';
import type { Fact } from '../projections/fact.ts';
import type { SignalRow } from '../projections/records.ts';

/** What the sources bring to the writer. */
export type Item = LedgerItem | LedgerPassed | SignalItem;

export interface LedgerItem {
  readonly source: 'ledger';
  readonly fact: Fact;
  readonly stream: 'portfolio' | 'decision';
  readonly position: string;
  /** By the event store's clock, milliseconds; for the lag only. */
  readonly storedAt: number;
}
/** Nothing for us up to here. */
export interface LedgerPassed {
  readonly source: 'ledger-passed';
  readonly position: string;
}
export interface SignalItem {
  readonly source: 'signals';
  /** Undefined where the message could not be read: only its place counts. */
  readonly row: SignalRow | undefined;
  readonly sequence: number;
  /** Which SIGNALS stream: when it was made. */
  readonly stream: string;
  readonly at: UnixMs | undefined;
}
