import { idOf, type Interval, intervalMs, type TradingSymbol } from '@bot-core/events';
import { type Bar, contiguousEnd, modelFeatures } from '@bot-core/features';
import type { Logger } from '@bot-core/service';
import type { Model } from '../model.ts';
import { type ModelLedger, otherHash, type RecordedModel } from '../ledger.ts';
import type { ModelRequest, ModelSource } from '../source.ts';
import { type Artifact, type ArtifactStore, hashOfArtifact } from './artifact.ts';
import { type Backend, type BackendName, backendNames } from './backend.ts';
import { type Hyperparameters, recipeOf } from './hyperparameters.ts';
import { lstmModel } from './lstm-model.ts';
import { train } from './train.ts';

export interface LstmOptions {
  readonly ledger: ModelLedger;
  readonly artifacts: ArtifactStore;
  readonly backend: Backend;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Fewer candles in a row: no training. */
  readonly minCandles: number;
  /** Only the newest are used. */
  readonly maxCandles: number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Ends a training that is under way. */
  readonly signal: AbortSignal;
  readonly onTrained: (seconds: number) => void;
  /** Told of every change of a model's state, in words. */
  readonly onState: (state: string) => void;
}

type Started = RecordedModel['started'];

/**
 * One network per symbol and interval, trained when the first fresh candle asks for it, found again in the ledger ever
 * after. Replicas agree on one: that whose training stands first in the ledger; the others train or load the same.
 */
export class LstmModels implements ModelSource {
  readonly type = 'lstm';
  readonly dataCandles: number;
  readonly #options: LstmOptions;
  readonly #models = new Map<string, Model>();
  readonly #states = new Map<string, string>();

  constructor(options: LstmOptions) {
    this.#options = options;
    this.dataCandles = options.maxCandles;
  }

  async restore(): Promise<void> {
    this.#options.onState('no model yet: the first fresh candle starts a training');
    for (const recorded of await this.#options.ledger.models()) {
      const { symbol, interval } = recorded.started;
      if (recorded.active && this.#isOurs(recorded, symbol, interval)) await this.#load(recorded);
    }
  }

  stateOf(symbol: TradingSymbol, interval: Interval): string {
    return this.#states.get(keyOf(symbol, interval)) ?? 'no model yet: the first fresh candle starts its training';
  }

  #tell(symbol: TradingSymbol, interval: Interval, state: string): void {
    this.#states.set(keyOf(symbol, interval), state);
    this.#options.onState([...this.#states].map(([series, known]) => `${series} ${known}`).join('; '));
  }

  async modelFor(request: ModelRequest): Promise<Model | null> {
    const { symbol, interval } = request;
    const model = this.#models.get(keyOf(symbol, interval)) ?? (await this.#obtain(request));
    return model && request.openTime >= model.trainedUpTo ? model : null;
  }

  async #obtain(request: ModelRequest): Promise<Model | null> {
    const { ledger, logger } = this.#options;
    const { symbol, interval } = request;
    const unusable: RecordedModel[] = [];
    for (const recorded of await this.#candidates(request)) {
      const model = await this.#open(recorded, request);
      if (model) return model;
      unusable.push(recorded);
    }
    const started = await this.#plan(request);
    if (!started) return null;
    await ledger.begin(started, request.provenance);
    // Another replica may have begun at another candle in the same moment: the ledger's order decides, for both alike.
    const [first, ...others] = (await this.#candidates(request)).filter(
      ({ started: { modelId } }) => !unusable.some((recorded) => recorded.started.modelId === modelId),
    );
    if (!first)
      throw new Error(`predictor: the training of ${symbol} ${interval} was begun, but is not in the ledger.`);
    const model = await this.#open(first, request);
    if (!model) return null;
    const mine = others.filter((recorded) => recorded.started.modelId === started.modelId);
    for (const recorded of [...unusable, ...mine]) {
      await ledger.retire(recorded, model.id);
      logger.info({ modelId: recorded.started.modelId, replacedBy: model.id }, 'a model was retired');
    }
    return model;
  }

  /** Models in the ledger that these settings would make, the active ones first, then by the beginning of their training. */
  async #candidates({ symbol, interval }: ModelRequest): Promise<RecordedModel[]> {
    const models = await this.#options.ledger.models();
    const ours = models.filter((recorded) => !recorded.retired && this.#isOurs(recorded, symbol, interval));
    return [...ours.filter(({ active }) => active), ...ours.filter(({ active }) => !active)];
  }

  /** An active model may come from any backend; one in the making only from ours, as it could not be finished here. */
  #isOurs({ started, active }: RecordedModel, symbol: TradingSymbol, interval: Interval): boolean {
    const backends = active ? backendNames : [this.#options.backend.name];
    return (
      started.symbol === symbol &&
      started.interval === interval &&
      backends.some((backend) => this.#idOf(started, backend) === started.modelId)
    );
  }

  #idOf(started: Omit<Started, 'modelId'>, backend: BackendName): string {
    const { symbol, interval, firstOpenTime, lastOpenTime, candles } = started;
    const { hyperparameters, seed } = this.#options;
    return idOf(
      'model',
      this.type,
      symbol,
      interval,
      firstOpenTime,
      lastOpenTime,
      candles,
      recipeOf(hyperparameters),
      seed,
      backend,
    );
  }

  async #plan({ symbol, interval, openTime, closeTime, newest }: ModelRequest): Promise<Started | null> {
    const { minCandles, maxCandles, seed, backend, logger } = this.#options;
    const bars = contiguousEnd(await newest(openTime, maxCandles), intervalMs[interval]);
    const [first, last] = [bars[0], bars.at(-1)];
    if (!first || !last || bars.length < minCandles) {
      const state = `no model: ${bars.length} candles in a row, ${minCandles} are needed (TRAINING_MIN_CANDLES)`;
      if (bars.length % 100 === 0 || !this.#states.has(keyOf(symbol, interval)))
        logger.info({ symbol, interval }, state);
      this.#tell(symbol, interval, state);
      return null;
    }
    const started = {
      modelType: this.type,
      symbol,
      interval,
      firstOpenTime: first.openTime as Started['firstOpenTime'],
      lastOpenTime: last.openTime as Started['lastOpenTime'],
      candles: bars.length,
      seed,
      at: closeTime,
    };
    return { modelId: this.#idOf(started, backend.name), ...started };
  }

  /** Loads a model, or trains it (again) on the very candles that the ledger names. null when those are not stored any more. */
  async #open(recorded: RecordedModel, { newest }: ModelRequest): Promise<Model | null> {
    const loaded = await this.#load(recorded);
    if (loaded) return loaded;
    const { started } = recorded;
    const bars = contiguousEnd(await newest(started.lastOpenTime, started.candles), intervalMs[started.interval]);
    if (bars.length !== started.candles || bars[0]?.openTime !== started.firstOpenTime) return null;
    return this.#activate(started, await this.#train(recorded, bars));
  }

  async #load(recorded: RecordedModel): Promise<Model | null> {
    const { started, trained, active } = recorded;
    if (!trained) return null;
    const { artifacts, ledger, logger } = this.#options;
    const artifact = await artifacts.load(started.modelId, trained.artifactHash);
    if (artifact) {
      if (!active) await ledger.finish(recorded, trained);
      return this.#activate(started, artifact);
    }
    logger.warn({ modelId: started.modelId }, 'a trained model is not in MODEL_DIR; it will be trained again');
    return null;
  }

  #activate({ symbol, interval, modelId }: Started, artifact: Artifact): Model {
    const model = lstmModel(this.#options.backend.tf, artifact);
    this.#models.set(keyOf(symbol, interval), model);
    this.#tell(symbol, interval, `ready: lstm ${modelId}`);
    this.#options.logger.info({ symbol, interval, modelId, metrics: artifact.card.metrics }, 'model active');
    return model;
  }

  async #train(recorded: RecordedModel, bars: readonly Bar[]): Promise<Artifact> {
    const { artifacts, backend, hyperparameters, ledger, logger, onTrained, signal } = this.#options;
    const { modelId, symbol, interval, firstOpenTime, lastOpenTime, candles, seed } = recorded.started;
    logger.info({ symbol, interval, modelId, candles, backend: backend.name }, 'training a model');
    this.#tell(symbol, interval, `training: lstm ${modelId} on ${candles} candles`);
    const began = performance.now();
    const { weights, normalisation, confidenceScale, metrics } = await train(bars, hyperparameters, seed, {
      tf: backend.tf,
      signal,
    });
    const seconds = (performance.now() - began) / 1000;
    onTrained(seconds);
    const artifact: Artifact = {
      weights,
      card: {
        modelId,
        type: this.type,
        symbol,
        interval,
        data: { firstOpenTime, lastOpenTime, candles },
        features: modelFeatures.map(({ name }) => name),
        hyperparameters: { ...hyperparameters },
        seed,
        backend: backend.name,
        normalisation: { mean: [...normalisation.mean], deviation: [...normalisation.deviation] },
        confidenceScale: confidenceScale && [...confidenceScale],
        metrics: { ...metrics },
        shape: { sequence: hyperparameters.sequence, inputs: weights.inputs, hidden: weights.hidden },
      },
    };
    const hash = hashOfArtifact(artifact);
    if (recorded.trained && recorded.trained.artifactHash !== hash)
      throw otherHash(modelId, recorded.trained.artifactHash, hash);
    await artifacts.save(artifact);
    await ledger.finish(recorded, { artifactHash: hash, metrics: artifact.card.metrics });
    const skill = { modelId, loss: metrics['loss'], baselineLoss: metrics['baselineLoss'], seconds };
    if (confidenceScale) logger.info(skill, 'trained: better than the baseline on the validation range');
    else
      logger.warn(
        skill,
        'trained: NO better than always saying the same on the validation range; its confidence stays on the plain scale, which rarely asks for a trade',
      );
    return artifact;
  }
}

const keyOf = (symbol: TradingSymbol, interval: Interval): string => `${symbol} ${interval}`;
