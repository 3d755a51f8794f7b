import { idOf, type Message, type ReadModelName, subjects, type UnixMs, ViewChanged } from '@bot-core/events';
import type { Applied } from '../writer/batch.ts';

/** More rows of one read model than this in one commit are told as "many". */
const keysPerModel = 20;

interface Keys {
  readonly readModel: ReadModelName;
  readonly keys: readonly string[];
}

/** The notices after a commit: one for each row changed, or one for a whole read model. Pure. */
export const noticesOf = ({ changes, signals, writing }: Applied): Message<ViewChanged>[] => {
  const { commits } = writing.checkpoint;
  const at = (changes?.botStatus.updatedAt ?? signals.at(-1)?.closeTime ?? 0) as UnixMs;
  const changed: Keys[] = [{ readModel: 'signals', keys: signals.map(({ signalId }) => signalId) }];
  if (changes)
    changed.push(
      { readModel: 'orders', keys: [...changes.orders.keys()] },
      { readModel: 'positions', keys: [...changes.positions.keys()] },
      { readModel: 'trades', keys: [...changes.trades.keys()] },
      { readModel: 'decisions', keys: [...changes.decisions.keys()] },
      { readModel: 'equity', keys: [...changes.equity.keys()].map(String) },
      { readModel: 'balances', keys: changes.trades.size > 0 || changes.equity.size > 0 ? ['*'] : [] },
      { readModel: 'bot-status', keys: changes.botStatusChanged ? [changes.botStatus.botId] : [] },
    );
  return changed.flatMap(({ readModel, keys }) =>
    (keys.length > keysPerModel ? ['*'] : keys).map((key) => viewChanged(readModel, key, commits, at)),
  );
};

/** A subject is no place for a wildcard: many rows at once are told on `view.<read model>.all`. */
export const viewChanged = (
  readModel: ReadModelName,
  key: string,
  sequence: number,
  time: UnixMs,
): Message<ViewChanged> => {
  const id = idOf('view', readModel, key, sequence, time);
  const subject = subjects.view(readModel, key === '*' ? 'all' : key.replaceAll(/[\s.*>]/g, '_'));
  return {
    ...{ id, definition: ViewChanged, source: 'projector', time, subject, correlationId: id, causationId: id },
    data: { readModel, key, sequence },
  };
};
