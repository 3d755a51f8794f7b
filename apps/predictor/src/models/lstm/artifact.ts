import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Weights } from './forward.ts';

const Numbers = z.array(z.number());

/** `model.json` of a stored model. Nothing in it depends on when or where it was trained, so its hash doesn't either. */
export const ModelCard = z.strictObject({
  modelId: z.string(),
  type: z.literal('lstm'),
  symbol: z.string(),
  interval: z.string(),
  data: z.strictObject({ firstOpenTime: z.int(), lastOpenTime: z.int(), candles: z.int() }),
  features: z.array(z.string()).describe('Input columns, in order'),
  hyperparameters: z.record(z.string(), z.number()),
  seed: z.int(),
  backend: z.string().describe('tfjs backend it was trained on'),
  normalisation: z.strictObject({ mean: Numbers, deviation: Numbers }),
  confidenceScale: Numbers.nullable().describe(
    'Distances from undecided at the percentiles 0 to 100; null: plain scale',
  ),
  metrics: z.record(z.string(), z.number()),
  shape: z.strictObject({ sequence: z.int(), inputs: z.int(), hidden: z.int() }),
});
export type ModelCard = z.infer<typeof ModelCard>;

export interface Artifact {
  readonly card: ModelCard;
  readonly weights: Weights;
}

/** What is stored is not what the ledger says was stored. */
export class ArtifactMismatch extends Error {
  readonly code = 'artifact-mismatch';
  constructor(modelId: string, folder: string, detail: string) {
    super(
      `predictor: the artifact of model ${modelId} in ${folder} is not the one that was activated: ${detail}. ` +
        'Restore that folder from a backup, or remove it to have the same model trained again.',
    );
    this.name = 'ArtifactMismatch';
  }
}

/** Models as folders `<modelId>/` with `model.json` and `weights.bin` (float32, little-endian). */
export class ArtifactStore {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stores all of it or nothing, and survives a crash. Storing the same again changes nothing. @returns its hash */
  async save({ card, weights }: Artifact): Promise<string> {
    const files = { 'model.json': jsonOf(card), 'weights.bin': bytesOf(weights) };
    const target = join(this.#folder, card.modelId);
    const draft = `${target}.${randomUUID()}.draft`;
    await mkdir(draft, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) await writeSynced(join(draft, name), bytes);
    const hash = hashOf(files['model.json'], files['weights.bin']);
    try {
      await rename(draft, target);
    } catch (error) {
      const there = await this.#hashAt(card.modelId);
      if (there === null) throw error;
      // Another replica was faster, or an earlier attempt of another build was interrupted.
      if (there !== hash) {
        await rm(target, { recursive: true, force: true });
        await rename(draft, target);
      } else await rm(draft, { recursive: true, force: true });
    }
    return hash;
  }

  /**
   * Reads a model and verifies it against the hash that the ledger has for it.
   * @returns null when nothing is stored under this id
   * @throws {ArtifactMismatch}
   */
  async load(modelId: string, expectedHash: string): Promise<Artifact | null> {
    const folder = join(this.#folder, modelId);
    const [json, binary] = await this.#files(modelId);
    if (!json && !binary) return null;
    if (!json || !binary) throw new ArtifactMismatch(modelId, folder, 'a file is missing');
    const hash = hashOf(json, binary);
    if (hash !== expectedHash) throw new ArtifactMismatch(modelId, folder, `its hash is ${hash}, not ${expectedHash}`);
    const card = ModelCard.parse(JSON.parse(json.toString('utf8')));
    return { card, weights: weightsFrom(binary, card.shape) };
  }

  #files(modelId: string): Promise<[json: Buffer | null, binary: Buffer | null]> {
    const folder = join(this.#folder, modelId);
    return Promise.all([readIfThere(folder, 'model.json'), readIfThere(folder, 'weights.bin')]);
  }

  /** null when there is nothing. */
  async #hashAt(modelId: string): Promise<string | null> {
    const [json, binary] = await this.#files(modelId);
    return json || binary ? hashOf(json ?? Buffer.of(), binary ?? Buffer.of()) : null;
  }
}

const parts = ['kernel', 'recurrentKernel', 'bias', 'outputKernel', 'outputBias'] as const;

const bytesOf = (weights: Weights): Buffer => {
  const all = parts.flatMap((part) => Array.from(weights[part]));
  const bytes = Buffer.alloc(all.length * 4);
  all.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes;
};

const weightsFrom = (bytes: Buffer, { inputs, hidden }: ModelCard['shape']): Weights => {
  const sizes = [inputs * 4 * hidden, hidden * 4 * hidden, 4 * hidden, hidden, 1];
  let offset = 0;
  const take = (count = 0): Float32Array => {
    const values = Float32Array.from({ length: count }, (_, index) => bytes.readFloatLE((offset + index) * 4));
    offset += count;
    return values;
  };
  const [kernel, recurrentKernel, bias, outputKernel, outputBias] = [
    take(sizes[0]),
    take(sizes[1]),
    take(sizes[2]),
    take(sizes[3]),
    take(sizes[4]),
  ];
  return { inputs, hidden, kernel, recurrentKernel, bias, outputKernel, outputBias };
};

/** The hash that `save` gives. */
export const hashOfArtifact = ({ card, weights }: Artifact): string => hashOf(jsonOf(card), bytesOf(weights));

const jsonOf = (card: ModelCard): Buffer => Buffer.from(JSON.stringify(card, null, 2));

const hashOf = (json: Buffer, binary: Buffer): string =>
  `sha256:${createHash('sha256').update(`${json.length}\n`).update(json).update(binary).digest('hex')}`;

const writeSynced = async (path: string, bytes: Buffer): Promise<void> => {
  await using file = await open(path, 'w');
  await file.writeFile(bytes);
  await file.sync();
};

const readIfThere = (folder: string, name: string): Promise<Buffer | null> =>
  readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
