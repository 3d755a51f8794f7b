import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { candleId, signalId, tradingSymbol, unixMs } from '@bot-core/events';
import { rules, windowSize } from '@bot-core/features';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs, walk } from './market.ts';
import { startSystem, type System } from './system.ts';

const old = 100 * hourMs;
const justNow = 5;
const bars = walk(360).map((bar) => ({
  ...bar,
  ...Object.fromEntries(
    (['open', 'high', 'low', 'close', 'volume'] as const).map((key) => [key, Math.round(bar[key] * 100) / 100]),
  ),
}));
/** Each test has a market of its own. */
const symbols = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT', 'DDDUSDT', 'EEEUSDT', 'FFFUSDT'].map(tradingSymbol);
const nextSymbol = () => symbols.shift() ?? tradingSymbol('NONEUSDT');

describe('the predictor, on a real bus and ledger', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system[Symbol.asyncDispose]());

  it('answers every fresh candle with exactly one signal, and history with none', async () => {
    const symbol = nextSymbol();
    await using predictor = await system.predictor({ MODEL: 'momentum' });
    await system.publish(symbol, bars.slice(0, 200), old);
    await system.publish(symbol, bars.slice(200, 230), justNow);
    await system.handled();
    const signals = await system.signals(symbol);
    expect(signals.map(({ data }) => data.openTime / hourMs)).toEqual(Array.from({ length: 30 }, (_, i) => 200 + i));
    signals.forEach(({ id, time, correlationId, causationId, data }, index) => {
      const openTime = unixMs((200 + index) * hourMs);
      const candle = candleId('spot', symbol, '1h', openTime);
      expect({ id, time, correlationId, causationId }).toEqual({
        id: signalId(symbol, '1h', openTime, 'momentum-v1'),
        time: openTime + hourMs - 1 + justNow,
        correlationId: candle,
        causationId: candle,
      });
      const judged = rules.momentum.judge(bars.slice(200 + index + 1 - windowSize, 200 + index + 1));
      expect(data).toMatchObject({ ...judged, cause: 'model', modelType: 'momentum' });
    });
    expect(predictor.health.snapshot()).toMatchObject({
      ready: true,
      dependencies: { nats: { state: 'up' }, 'event store': { state: 'up' }, models: { detail: 'ready: momentum-v1' } },
    });
    expect(await system.status()).toEqual([
      { symbol, interval: '1h', lastOpenTime: 229 * hourMs, state: 'ready: momentum-v1' },
    ]);
    const counted = await predictor.metric('predictor_signals_total');
    expect(counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(30);
  });

  it('makes nothing twice when every candle is delivered again, to a replica that starts anew', async () => {
    const symbol = nextSymbol();
    await system.publish(symbol, bars.slice(0, 165), old);
    await system.publish(symbol, bars.slice(165, 175), justNow);
    const handle = async () => {
      await using _ = await system.predictor({ MODEL: 'mean-reversion' });
      await system.handled();
      return system.signals(symbol);
    };
    const signals = await handle();
    expect(signals).toHaveLength(10);
    await system.deliverAgain();
    expect(await handle()).toEqual(signals);
  });

  it('gives the same signals from two replicas that share the candles', async () => {
    const symbol = nextSymbol();
    await using _one = await system.predictor({ MODEL: 'momentum' });
    await using _two = await system.predictor({ MODEL: 'momentum' });
    await system.publish(symbol, bars.slice(0, 200), old);
    await system.publish(symbol, bars.slice(200, 260), justNow);
    await system.handled();
    const signals = await system.signals(symbol);
    expect(signals).toHaveLength(60);
    for (const { data } of signals) {
      const hour = data.openTime / hourMs;
      expect(data).toMatchObject({
        cause: 'model',
        ...rules.momentum.judge(bars.slice(hour + 1 - windowSize, hour + 1)),
      });
    }
  });

  it('never judges across an outage of the exchange', async () => {
    const symbol = nextSymbol();
    await using _ = await system.predictor({ MODEL: 'momentum' });
    await system.publish(symbol, bars.slice(0, 180), old);
    await system.publish(symbol, bars.slice(183, 360), justNow);
    await system.handled();
    const signals = await system.signals(symbol);
    expect(signals).toHaveLength(177);
    const gap = signals.filter(({ data }) => data.cause === 'gap-in-window');
    expect(gap.map(({ data }) => data.openTime / hourMs)).toEqual(
      Array.from({ length: windowSize - 1 }, (_, i) => 183 + i),
    );
    expect(gap.every(({ data }) => data.direction === 'neutral' && data.confidence === 0)).toBe(true);
  });

  it('trains once, records it, and after a restart uses the stored model; refuses one that was tampered with', async () => {
    const symbol = nextSymbol();
    await system.publish(symbol, bars.slice(0, 325), old);
    {
      await using predictor = await system.predictor();
      await system.publish(symbol, bars.slice(325, 330), justNow);
      await system.handled();
      expect(predictor.logged()).toMatch(/tfjs runs on (tensorflow|wasm|cpu)/);
      expect(await predictor.metric('predictor_trainings_total')).toEqual([expect.stringMatching(/ 1$/)]);
    }
    const events = await system.modelEvents(symbol);
    expect(events.map(({ type }) => type)).toEqual(['TrainingStarted', 'ModelTrained', 'ModelActivated']);
    const candle = candleId('spot', symbol, '1h', unixMs(325 * hourMs));
    expect(events[0]).toMatchObject({
      data: { candles: 320, lastOpenTime: 325 * hourMs, seed: 1 },
      metadata: { $correlationId: candle, $causationId: candle, service: 'predictor' },
    });
    expect(events[1]?.data).toMatchObject({ metrics: { loss: expect.any(Number), baselineLoss: expect.any(Number) } });
    {
      await using predictor = await system.predictor();
      expect(predictor.health.snapshot().dependencies['models']?.detail).toContain('ready: lstm');
      await system.publish(symbol, bars.slice(330, 335), justNow);
      await system.handled();
      expect(await predictor.metric('predictor_trainings_total')).toEqual([expect.stringMatching(/ 0$/)]);
    }
    const modelId = String(events[0]?.data['modelId']);
    const signals = await system.signals(symbol);
    expect(signals.map(({ data }) => `${data.cause} ${data.modelId}`)).toEqual(Array(10).fill(`model ${modelId}`));
    expect(await system.modelEvents(symbol)).toEqual(events);
    await appendFile(join(system.folder, 'models', modelId, 'weights.bin'), 'x');
    await expect(system.predictor()).rejects.toMatchObject({ code: 'artifact-mismatch' });
  });

  it('gives up a training when it is stopped, and another replica ends it with the same model', async () => {
    const symbol = nextSymbol();
    await system.publish(symbol, bars.slice(0, 325), old);
    {
      await using predictor = await system.predictor({ TRAINING_EPOCHS: '12' });
      await system.publish(symbol, bars.slice(325, 326), justNow);
      await expect.poll(() => predictor.logged(), { timeout: 20_000 }).toContain('training a model');
    }
    expect((await system.modelEvents(symbol)).map(({ type }) => type)).toEqual(['TrainingStarted']);
    expect(await system.signals(symbol)).toEqual([]);
    await using _ = await system.predictor({ TRAINING_EPOCHS: '12' });
    await system.handled();
    const [started, trained, activated] = await system.modelEvents(symbol);
    expect([trained?.data['modelId'], activated?.data['modelId']]).toEqual([
      started?.data['modelId'],
      started?.data['modelId'],
    ]);
    expect((await system.signals(symbol)).map(({ data }) => data.modelId)).toEqual([started?.data['modelId']]);
  });

  it('has dead-lettered nothing', async () => {
    expect(await system.deadLetters()).toBe(0);
  });
});
