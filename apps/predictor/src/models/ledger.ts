import {
  fromRecord,
  idOf,
  ledgerPrefixes,
  ledgerStreams,
  LedgerMetadata,
  type ModelEvent,
  type Provenance,
  toRecord,
} from '@bot-core/events';
import type { EventStore, JsonObject, Position } from '@bot-core/event-store';

type DataOf<Type extends ModelEvent['type']> = Extract<ModelEvent, { type: Type }>['data'];

/** Its id follows from its type and its model: each happens once. */
type Unnamed<E> = E extends { id: string } ? Omit<E, 'id'> : never;

/** What the ledger says of one model. */
export interface RecordedModel {
  readonly started: DataOf<'TrainingStarted'>;
  readonly provenance: Provenance;
  readonly trained: DataOf<'ModelTrained'> | null;
  readonly active: boolean;
  readonly retired: boolean;
  /** Of its stream. */
  readonly revision: number;
}

/** The models in the ledger, in the order in which their training began. */
export class ModelLedger {
  readonly #store: EventStore;
  readonly #models = new Map<string, RecordedModel>();
  #readUpTo: Position | undefined;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Reads what is new. */
  async models(): Promise<readonly RecordedModel[]> {
    for await (const record of this.#store.readAll({
      prefixes: [ledgerPrefixes.model],
      ...(this.#readUpTo && { after: this.#readUpTo }),
    })) {
      const event = fromRecord(record) as ModelEvent;
      const metadata = LedgerMetadata.parse(record.metadata);
      const { modelId } = event.data;
      const next = evolve(this.#models.get(modelId), event, {
        correlationId: metadata.$correlationId,
        causationId: metadata.$causationId,
        service: metadata.service,
      });
      if (next) this.#models.set(modelId, { ...next, revision: record.revision });
      this.#readUpTo = record.position;
    }
    return [...this.#models.values()];
  }

  /** Begins the model's stream. Beginning it again changes nothing. */
  async begin(started: DataOf<'TrainingStarted'>, provenance: Provenance): Promise<void> {
    await this.#append({ type: 'TrainingStarted', data: started }, provenance, 'no-stream');
  }

  /**
   * Records that training ended and that the model is used from here on. Doing it again changes nothing.
   * @throws {Error} when the ledger has another hash for this model
   */
  async finish(
    { started: { modelId, symbol, interval, at }, provenance }: RecordedModel,
    { artifactHash, metrics }: Pick<DataOf<'ModelTrained'>, 'artifactHash' | 'metrics'>,
  ): Promise<void> {
    await this.#append({ type: 'ModelTrained', data: { modelId, artifactHash, metrics, at } }, provenance, 0);
    const recorded = (await this.models()).find(({ started }) => started.modelId === modelId)?.trained;
    if (recorded?.artifactHash !== artifactHash) throw otherHash(modelId, recorded?.artifactHash, artifactHash);
    await this.#append({ type: 'ModelActivated', data: { modelId, symbol, interval, at } }, provenance, 1);
  }

  /** Another one is used in its place. */
  async retire(model: RecordedModel, replacedBy: string): Promise<void> {
    const { modelId, at } = model.started;
    await this.#append({ type: 'ModelRetired', data: { modelId, replacedBy, at } }, model.provenance, model.revision);
  }

  async #append(event: Unnamed<ModelEvent>, provenance: Provenance, expected: number | 'no-stream'): Promise<void> {
    const { modelId } = event.data;
    const record = toRecord({ ...event, id: idOf('model-event', event.type, modelId) } as ModelEvent, provenance);
    await this.#store.append(ledgerStreams.model(modelId), [{ ...record, data: record.data as JsonObject }], expected);
  }
}

export const otherHash = (modelId: string, recorded: string | undefined, made: string): Error =>
  new Error(
    `predictor: training model ${modelId} again gave an artifact with the hash ${made}; the ledger has ${recorded}. ` +
      'The candles or the machine differ from those it was first trained with. Restore MODEL_DIR, or choose another SEED.',
  );

const evolve = (
  model: RecordedModel | undefined,
  event: ModelEvent,
  provenance: Provenance,
): Omit<RecordedModel, 'revision'> | undefined => {
  switch (event.type) {
    case 'TrainingStarted':
      return { started: event.data, provenance, trained: null, active: false, retired: false };
    case 'ModelTrained':
      return model && { ...model, trained: event.data };
    case 'ModelActivated':
      return model && { ...model, active: true };
    case 'ModelRetired':
      return model && { ...model, active: false, retired: true };
    default:
      return event satisfies never;
  }
};
