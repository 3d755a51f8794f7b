import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Artifact, ArtifactStore, hashOfArtifact } from '../src/models/lstm/artifact.ts';

const artifact = (seed = 1): Artifact => ({
  card: {
    modelId: 'a-model',
    type: 'lstm',
    symbol: 'BTCUSDT',
    interval: '1h',
    data: { firstOpenTime: 0, lastOpenTime: 3_600_000, candles: 2 },
    features: ['one'],
    hyperparameters: { hidden: 1 },
    seed,
    backend: 'wasm',
    normalisation: { mean: [0.1], deviation: [1] },
    confidenceScale: null,
    metrics: { loss: 0.69 },
    shape: { sequence: 1, inputs: 1, hidden: 1 },
  },
  weights: {
    inputs: 1,
    hidden: 1,
    kernel: Float32Array.of(0.1, 0.2, 0.3, 0.4),
    recurrentKernel: Float32Array.of(1, 2, 3, 4),
    bias: Float32Array.of(0, 1, 0, 0),
    outputKernel: Float32Array.of(-0.5),
    outputBias: Float32Array.of(seed),
  },
});

describe('stored models', () => {
  let folder = '';
  let store: ArtifactStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'models-'));
    store = new ArtifactStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('come back as they were, under their hash', async () => {
    const hash = await store.save(artifact());
    expect(hash).toBe(hashOfArtifact(artifact()));
    expect(await store.load('a-model', hash)).toEqual(artifact());
  });

  it('may be stored again, by two at once too, and nothing else is left lying about', async () => {
    await Promise.all([store.save(artifact()), store.save(artifact())]);
    await store.save(artifact());
    expect(await readdir(folder)).toEqual(['a-model']);
    const other = await store.save(artifact(2));
    expect(await store.load('a-model', other)).toEqual(artifact(2));
    expect(await readdir(folder)).toEqual(['a-model']);
  });

  it('are refused when a byte was changed', async () => {
    const hash = await store.save(artifact());
    await appendFile(join(folder, 'a-model', 'weights.bin'), 'x');
    await expect(store.load('a-model', hash)).rejects.toMatchObject({ code: 'artifact-mismatch' });
    await expect(store.load('a-model', hash)).rejects.toThrow(/Restore that folder from a backup/);
  });

  it('are refused when half of one is there, and missing when nothing is', async () => {
    const hash = await store.save(artifact());
    await rm(join(folder, 'a-model', 'model.json'));
    await expect(store.load('a-model', hash)).rejects.toThrow(/a file is missing/);
    expect(await store.load('another', hash)).toBeNull();
  });
});
