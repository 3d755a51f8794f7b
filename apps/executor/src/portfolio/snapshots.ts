import { idOf, type JsonObject, ledgerStreams } from '@bot-core/events';
import type { EventStore } from '@bot-core/event-store';
import { fromSnapshot, type Portfolio, snapshotVersion, toSnapshot } from '@bot-core/trading';

/** The state after a portfolio event, and under which correlation ids its open orders were requested. */
export interface Snapshot {
  readonly revision: number;
  readonly state: Portfolio;
  readonly correlations: ReadonlyMap<string, string>;
}

/** Snapshots of one bot's portfolio, kept in the ledger beside it. They only save time: without any, all is read. */
export class Snapshots {
  constructor(
    private readonly ledger: EventStore,
    private readonly botId: string,
  ) {}

  /** The newest that this build understands and whose portfolio event is really there (a restored backup may lack it). */
  async newest(): Promise<Snapshot | undefined> {
    for await (const { data } of this.ledger.read(this.#stream, { direction: 'backwards', from: 'end', limit: 1 })) {
      const revision = Number(data['revision']);
      if (data['version'] !== snapshotVersion || !(await this.#exists(revision))) return undefined;
      const correlations = new Map(Object.entries(data['correlations'] as Record<string, string>));
      return { revision, state: fromSnapshot(data['state'] as JsonObject), correlations };
    }
    return undefined;
  }

  async take({ revision, state, correlations }: Snapshot): Promise<void> {
    const data = {
      version: snapshotVersion,
      revision,
      state: toSnapshot(state),
      correlations: Object.fromEntries(correlations),
    };
    const id = idOf('PortfolioSnapshotTaken', this.botId, revision, snapshotVersion);
    await this.ledger.append(this.#stream, [{ id, type: 'PortfolioSnapshotTaken', data, metadata: {} }], 'any');
  }

  async #exists(revision: number): Promise<boolean> {
    for await (const record of this.ledger.read(ledgerStreams.portfolio(this.botId), { from: revision, limit: 1 }))
      return record.revision === revision;
    return false;
  }

  get #stream(): string {
    return ledgerStreams.snapshot(this.botId);
  }
}
