import type { EventStore } from '@bot-core/event-store';
import type { Bus } from '@bot-core/jetstream';
import type { Health, Logger } from '@bot-core/service';
import { noticesOf } from './live/notices.ts';
import { OpenPositions } from './live/open-positions.ts';
import type { ProjectorMetrics } from './metrics.ts';
import type { Database } from './store/schema.ts';
import { keepWriting } from './writer/lead.ts';
import { followLedger } from './writer/ledger-source.ts';
import type { Source } from './writer/session.ts';
import { followSignals } from './writer/signal-source.ts';

export interface ProjectorOptions {
  readonly db: Database;
  readonly ledger: EventStore;
  readonly bus: Bus;
  readonly botId: string;
  readonly openPositions: OpenPositions;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: ProjectorMetrics;
  readonly signal: AbortSignal;
}

/** Both sources of the read models. `onCaughtUp` hears the name of a source whenever it has brought all there was. */
export const sourcesOf = (
  { ledger, bus, botId, logger }: Pick<ProjectorOptions, 'ledger' | 'bus' | 'botId' | 'logger'>,
  onCaughtUp: (source: 'ledger' | 'signals') => void = () => undefined,
): readonly Source[] => [
  ({ checkpoint, push, signal }) =>
    followLedger(ledger, {
      botId,
      after: checkpoint.ledgerPosition,
      push,
      onCaughtUp: () => onCaughtUp('ledger'),
      signal,
    }),
  ({ checkpoint, push, signal }) =>
    followSignals(bus, {
      after: { sequence: checkpoint.signalsSequence, stream: checkpoint.signalsStream },
      push,
      onCaughtUp: () => onCaughtUp('signals'),
      logger,
      signal,
    }),
];

/** Keeps the read models up with ledger and signals until `signal` is aborted, and tells of each change on the bus. */
export const runProjector = (options: ProjectorOptions): Promise<void> => {
  const { db, bus, botId, openPositions, logger, health, metrics, signal } = options;
  metrics.leading(false);
  return keepWriting(
    {
      ...{ db, botId, signal },
      sources: sourcesOf(options),
      onLeading: (writing) => {
        metrics.leading(true);
        openPositions.follow(writing);
      },
      onCommitted: (applied, tookMs) => {
        openPositions.follow(applied.writing);
        metrics.committed(applied, tookMs);
        for (const notice of noticesOf(applied)) bus.notify(notice);
      },
    },
    {
      ...{ logger, health },
      onResigned: () => {
        metrics.leading(false);
        openPositions.follow(undefined);
      },
    },
  );
};
