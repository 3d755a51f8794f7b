import { randomUUID } from 'node:crypto';
import {
  type AnyLedgerEvent,
  type ClientOrderId,
  type DecisionEvent,
  fromRecord,
  idOf,
  ledgerStreams,
  type PortfolioEvent,
  type Provenance,
  toRecord,
  type TradingSymbol,
} from '@bot-core/events';
import { type EventStore, RevisionConflict } from '@bot-core/event-store';
import { Snapshots } from './snapshots.ts';
import {
  decide,
  evolve,
  initialPortfolio,
  type Portfolio,
  type PortfolioCommand,
  type TradingEvent,
} from '@bot-core/trading';

/** Why a command is given: becomes the metadata of the events that it leads to. */
export type Cause = Omit<Provenance, 'service' | 'instance'>;

const conflictsBeforeGivingUp = 10;

export interface PortfolioOptions {
  /** Told of what was appended. */
  readonly onAppended?: (events: readonly TradingEvent[]) => void;
  /** Portfolio events between two snapshots; 500 when left out. */
  readonly snapshotEvery?: number;
}

/**
 * The ledger's writer. Commands are decided one at a time on the newest state known here and appended at its exact
 * revision; when another writer was faster, the state is read again and the command judged again.
 */
export class PortfolioService {
  #state: Portfolio;
  /** Newest portfolio event folded into the state; -1 before the first. */
  #revision = -1;
  /** True when an append may or may not have been written: the ledger is read before anything else is decided. */
  #behind = true;
  /** Newest revision of each decision stream that was looked at. */
  readonly #decisions = new Map<TradingSymbol, number>();
  /** The correlation id under which each open order was requested. */
  readonly #correlations = new Map<ClientOrderId, string>();
  #turn: Promise<unknown> = Promise.resolve();
  readonly #instance = randomUUID();
  readonly #snapshots: Snapshots;
  /** Revision of the newest snapshot. */
  #snapshotAt = -1;

  constructor(
    private readonly ledger: EventStore,
    private readonly botId: string,
    private readonly options: PortfolioOptions = {},
  ) {
    this.#state = initialPortfolio(botId);
    this.#snapshots = new Snapshots(ledger, botId);
  }

  get state(): Portfolio {
    return this.#state;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Reads the newest snapshot, where nothing is known yet, and what the ledger has beyond it. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const snapshot = this.#revision === -1 ? await this.#snapshots.newest() : undefined;
      if (snapshot) {
        this.#state = snapshot.state;
        this.#revision = this.#snapshotAt = snapshot.revision;
        for (const [id, correlationId] of snapshot.correlations)
          this.#correlations.set(id as ClientOrderId, correlationId);
      }
      await this.#catchUp();
    });
  }

  /** @returns the events appended; none where the command changed nothing. */
  execute(command: PortfolioCommand, cause: Cause): Promise<readonly TradingEvent[]> {
    return this.#inTurn(async () => {
      if (this.#behind) await this.#catchUp();
      if (command.type === 'ConsiderSignal') await this.#knowDecisionsOf(command.signal.symbol);
      for (let attempt = 1; ; attempt += 1) {
        const events = decide(command, this.#state);
        if (events.length === 0) return events;
        try {
          await this.#append(events, cause);
          this.options.onAppended?.(events);
          await this.#takeSnapshotWhenDue();
          return events;
        } catch (error) {
          this.#behind = true;
          if (!(error instanceof RevisionConflict) || attempt === conflictsBeforeGivingUp) throw error;
          await this.#catchUp();
        }
      }
    });
  }

  /** The cause of what follows from an order: the chain that its request belongs to. */
  causeOf(clientOrderId: ClientOrderId): Cause {
    const causationId = idOf('OrderRequested', this.botId, clientOrderId);
    return { correlationId: this.#correlations.get(clientOrderId) ?? causationId, causationId };
  }

  async #append(events: readonly (PortfolioEvent | DecisionEvent)[], cause: Cause): Promise<void> {
    const records = events.map((event) => toRecord(event, { ...cause, service: 'executor', instance: this.#instance }));
    const [first] = events;
    if (first?.type === 'SignalRejected') {
      const { symbol } = first.data;
      const expected = this.#decisions.get(symbol) ?? -1;
      const appended = await this.ledger.append(
        ledgerStreams.decision(this.botId, symbol),
        records,
        revision(expected),
      );
      this.#decisions.set(symbol, appended.nextRevision);
    } else {
      const stream = ledgerStreams.portfolio(this.botId);
      const { nextRevision } = await this.ledger.append(stream, records, revision(this.#revision));
      if (events.some(({ type }) => type === 'OrderClaimed')) await this.#beSureItIsOurs(stream, nextRevision);
      this.#revision = nextRevision;
    }
    for (const event of events) this.#fold(event, cause.correlationId);
  }

  /**
   * Event ids are derived, so another executor that decides the same makes the same ids, and the ledger answers the second
   * append with success without writing it. Only the recorded event tells whose it is: two must never hold one claim.
   */
  async #beSureItIsOurs(stream: string, at: number): Promise<void> {
    for await (const { metadata } of this.ledger.read(stream, { from: at, limit: 1 }))
      if (metadata['instance'] === this.#instance) return;
    throw new RevisionConflict(stream, revision(this.#revision), at);
  }

  async #catchUp(): Promise<void> {
    const from = this.#revision + 1;
    for await (const record of this.ledger.read(ledgerStreams.portfolio(this.botId), { direction: 'forwards', from })) {
      this.#fold(fromRecord(record), String(record.metadata['$correlationId']));
      this.#revision = record.revision;
    }
    for (const symbol of [...this.#decisions.keys()]) await this.#readNewestDecision(symbol);
    this.#behind = false;
  }

  async #knowDecisionsOf(symbol: TradingSymbol): Promise<void> {
    if (!this.#decisions.has(symbol)) await this.#readNewestDecision(symbol);
  }

  async #readNewestDecision(symbol: TradingSymbol): Promise<void> {
    this.#decisions.set(symbol, -1);
    const stream = ledgerStreams.decision(this.botId, symbol);
    for await (const record of this.ledger.read(stream, { direction: 'backwards', from: 'end', limit: 1 })) {
      this.#fold(fromRecord(record), '');
      this.#decisions.set(symbol, record.revision);
    }
  }

  #fold(event: AnyLedgerEvent, correlationId: string): void {
    this.#state = evolve(this.#state, event as TradingEvent);
    if (event.type === 'OrderRequested') this.#correlations.set(event.data.clientOrderId, correlationId);
    for (const id of this.#correlations.keys())
      if (!this.#state.orders.has(id) && !this.#state.doneOrders.has(id)) this.#correlations.delete(id);
  }

  /** One that cannot be written is taken at the next occasion: what was decided stands in the ledger already. */
  async #takeSnapshotWhenDue(): Promise<void> {
    if (this.#revision - this.#snapshotAt < (this.options.snapshotEvery ?? 500)) return;
    const snapshot = { revision: this.#revision, state: this.#state, correlations: this.#correlations };
    await this.#snapshots.take(snapshot).then(
      () => (this.#snapshotAt = snapshot.revision),
      () => undefined,
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

const revision = (newest: number) => (newest === -1 ? 'no-stream' : newest);
