import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Interval, tradingSymbol, unixMs } from '@bot-core/events';
import type { EventStore } from '@bot-core/event-store';
import { inMemoryEventStore } from '@bot-core/event-store/memory';
import type { Bar } from '@bot-core/features';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelLedger } from '../src/models/ledger.ts';
import { ArtifactStore } from '../src/models/lstm/artifact.ts';
import { chooseBackend } from '../src/models/lstm/backend.ts';
import { defaults } from '../src/models/lstm/hyperparameters.ts';
import { LstmModels, type LstmOptions } from '../src/models/lstm/lstm-models.ts';
import type { ModelRequest } from '../src/models/source.ts';
import { hourMs, walk } from './market.ts';

const bars = walk(330);
const symbol = tradingSymbol('BTCUSDT');
const interval: Interval = '1h';

/** What a fresh candle at `hour` asks for. */
const request = (hour: number, stored: readonly Bar[] = bars): ModelRequest => ({
  symbol,
  interval,
  openTime: unixMs(hour * hourMs),
  closeTime: unixMs((hour + 1) * hourMs - 1),
  provenance: { correlationId: `candle-${hour}`, causationId: `candle-${hour}`, service: 'predictor' },
  newest: async (openTime, count) => stored.filter((bar) => bar.openTime <= openTime).slice(-count),
});

describe('the trained models', () => {
  let folder = '';
  let store: EventStore;
  let trainings = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'models-'));
    store = inMemoryEventStore();
    trainings = 0;
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const replica = async (options: Partial<LstmOptions> = {}): Promise<LstmModels> =>
    new LstmModels({
      ledger: new ModelLedger(store),
      artifacts: new ArtifactStore(folder),
      backend: await chooseBackend(),
      hyperparameters: { ...defaults, sequence: 10, hidden: 4, maxEpochs: 1 },
      seed: 1,
      minCandles: 300,
      maxCandles: 320,
      logger: { info: () => {}, warn: () => {} },
      signal: new AbortController().signal,
      onTrained: () => {
        trainings += 1;
      },
      onState: () => {},
      ...options,
    });
  const ledger = async () => {
    const events = await Array.fromAsync(store.readAll());
    return events.map(({ type, data }) => [type, data['modelId']]);
  };
  const idOf = async (models: LstmModels, hour: number, stored?: readonly Bar[]) =>
    (await models.modelFor(request(hour, stored)))?.id;

  it('are trained once at the first candle with enough history, and recorded', async () => {
    const models = await replica();
    expect(await models.modelFor(request(298))).toBeNull();
    expect(models.stateOf(symbol, interval)).toContain('299 candles in a row, 300 are needed');
    const id = await idOf(models, 299);
    expect(id).toEqual(expect.any(String));
    expect(await idOf(models, 300)).toBe(id);
    expect(await ledger()).toEqual([
      ['TrainingStarted', id],
      ['ModelTrained', id],
      ['ModelActivated', id],
    ]);
    expect(models.stateOf(symbol, interval)).toBe(`ready: lstm ${id}`);
    expect(trainings).toBe(1);
  });

  it('judge no candle that they were trained on, save the last', async () => {
    const models = await replica();
    const id = await idOf(models, 310);
    expect(await models.modelFor(request(309))).toBeNull();
    expect(await idOf(models, 310)).toBe(id);
  });

  it('train only on what lies behind the newest hole', async () => {
    const models = await replica();
    const holed = bars.toSpliced(100, 2);
    expect(await models.modelFor(request(320, holed))).toBeNull();
    expect(models.stateOf(symbol, interval)).toContain('219 candles in a row');
  });

  it('are found again after a restart, without training, and judge alike', async () => {
    const first = await (await replica()).modelFor(request(320));
    const restarted = await replica();
    await restarted.restore();
    expect(restarted.stateOf(symbol, interval)).toBe(`ready: lstm ${first?.id}`);
    const second = await restarted.modelFor(request(321));
    expect(second?.id).toBe(first?.id);
    expect(second?.judge(bars.slice(-160))).toEqual(first?.judge(bars.slice(-160)));
    expect(trainings).toBe(1);
  });

  it('are refused at the start when the artifact is not the one in the ledger', async () => {
    const id = await idOf(await replica(), 320);
    await appendFile(join(folder, id ?? '', 'model.json'), ' ');
    await expect((await replica()).restore()).rejects.toMatchObject({ code: 'artifact-mismatch' });
  });

  it('are trained again, to the same hash, when the artifact was lost', async () => {
    const id = await idOf(await replica(), 320);
    const before = await ledger();
    await rm(join(folder, id ?? ''), { recursive: true });
    const models = await replica();
    await models.restore();
    expect(await idOf(models, 325)).toBe(id);
    expect(await ledger()).toEqual(before);
    expect(trainings).toBe(2);
  });

  it('are not passed off as the same when training again gives another artifact', async () => {
    const id = await idOf(await replica(), 320);
    await rm(join(folder, id ?? ''), { recursive: true });
    const altered = bars.map((bar) => ({ ...bar, volume: bar.volume + (bar.openTime % 7) }));
    await expect((await replica()).modelFor(request(325, altered))).rejects.toThrow(/the ledger has sha256/);
  });

  it.each([1, 2])('end in the same ledger when a training dies after %i of its 3 events', async (survived) => {
    const id = await idOf(await replica(), 320);
    const whole = await ledger();
    const crashed = inMemoryEventStore();
    const events = await Array.fromAsync(store.read(`model-${id}`, { limit: survived }));
    await crashed.append(`model-${id}`, events, 'no-stream');
    await store.close();
    store = crashed;
    expect(await idOf(await replica(), 322), 'at a later candle').toBe(id);
    expect(await ledger()).toEqual(whole);
  });

  it('are one model when two replicas begin at different candles at once; the other beginning is retired', async () => {
    const [one, two] = [await replica(), await replica()];
    const ids = await Promise.all([idOf(one, 321), idOf(two, 322)]);
    const settled = [await idOf(one, 323), await idOf(two, 323)];
    expect(new Set([...ids, ...settled].filter(Boolean)).size).toBe(1);
    const active = (await ledger()).filter(([type]) => type === 'ModelActivated');
    expect(active).toHaveLength(1);
    const open = (await new ModelLedger(store).models()).filter(({ retired }) => !retired);
    expect(open).toHaveLength(1);
  });

  it('are others for another seed', async () => {
    const id = await idOf(await replica(), 320);
    expect(await idOf(await replica({ seed: 2 }), 320)).not.toBe(id);
  });

  it('begin anew when the candles of an unfinished training are not stored any more', async () => {
    const id = await idOf(await replica(), 302);
    await rm(join(folder, id ?? ''), { recursive: true });
    const later = await idOf(await replica({ minCandles: 250 }), 329, bars.slice(50));
    expect(later).not.toBe(id);
    expect((await ledger()).slice(3)).toEqual([
      ['TrainingStarted', later],
      ['ModelTrained', later],
      ['ModelActivated', later],
      ['ModelRetired', id],
    ]);
  });
});
