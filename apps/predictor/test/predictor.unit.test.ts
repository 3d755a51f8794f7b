import {
  type CandleClosed,
  candleId,
  type Message,
  price,
  quantity,
  SignalEmitted,
  signalId,
  subjects,
  tradingSymbol,
  unixMs,
} from '@bot-core/events';
import { rules, windowSize } from '@bot-core/features';
import { describe, expect, it } from 'vitest';
import { ruleModels } from '../src/models/rule-models.ts';
import type { ModelSource } from '../src/models/source.ts';
import { Predictor, type ReceivedCandle } from '../src/signals/predictor.ts';
import { hourMs, walk } from './market.ts';

const symbol = tradingSymbol('BTCUSDT');
const subject = subjects.candle('spot', symbol, '1h');
const bars = walk(400);

const candleAt = (hour: number): CandleClosed => {
  const bar = bars[hour];
  if (!bar) throw new Error(`no bar ${hour}`);
  return {
    venue: 'spot',
    symbol,
    interval: '1h',
    openTime: unixMs(bar.openTime),
    closeTime: unixMs(bar.openTime + hourMs - 1),
    open: price(bar.open.toFixed(2)),
    high: price(bar.high.toFixed(2)),
    low: price(bar.low.toFixed(2)),
    close: price(bar.close.toFixed(2)),
    volume: quantity(bar.volume.toFixed(3)),
  };
};
/** As the bus hands it over, `age` milliseconds after its close. */
const received = (hour: number, age = 1): ReceivedCandle => {
  const candle = candleAt(hour);
  const id = candleId('spot', symbol, '1h', candle.openTime);
  return { id, subject, sequence: hour + 1, time: unixMs(candle.closeTime + age), correlationId: 'chain', candle };
};

const setUp = (models: ModelSource = ruleModels(rules.momentum), stored: readonly number[] = []) => {
  const published: Message<SignalEmitted>[] = [];
  const predictor = new Predictor({
    models,
    read: () =>
      async function* (from, to) {
        for (const hour of stored)
          if (hour + 1 >= from && hour + 1 <= to) yield { sequence: hour + 1, bar: { ...numbers(candleAt(hour)) } };
      },
    publish: async (message) => published.push(message),
    observe: () => {},
  });
  return { predictor, published };
};
const numbers = ({ openTime, open, high, low, close, volume }: CandleClosed) => ({
  openTime,
  open: Number(open),
  high: Number(high),
  low: Number(low),
  close: Number(close),
  volume: Number(volume),
});
const hours = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const old = 5 * hourMs;

describe('a fresh candle', () => {
  it('gets one signal, whose ids follow from it', async () => {
    const { predictor, published } = setUp();
    for (const hour of hours(0, 198)) await predictor.onCandle(received(hour, old));
    const candle = received(199);
    await predictor.onCandle(candle);
    const id = signalId(symbol, '1h', candle.candle.openTime, 'momentum-v1');
    expect(published).toEqual([
      {
        id,
        definition: SignalEmitted,
        source: 'predictor',
        time: candle.time,
        subject: 'signal.BTCUSDT.1h',
        correlationId: 'chain',
        causationId: candle.id,
        data: {
          signalId: id,
          symbol,
          interval: '1h',
          openTime: candle.candle.openTime,
          closeTime: candle.candle.closeTime,
          price: candle.candle.close,
          ...rules.momentum.judge(hours(40, 199).map((hour) => numbers(candleAt(hour)))),
          modelId: 'momentum-v1',
          modelType: 'momentum',
          cause: 'model',
        },
      },
    ]);
    expect(SignalEmitted.schema.parse(published[0]?.data)).toBeDefined();
  });

  it('gets the same signal from a replica that starts there, and again when it is delivered again', async () => {
    const warm = setUp();
    for (const hour of hours(0, 298)) await warm.predictor.onCandle(received(hour, old));
    await warm.predictor.onCandle(received(299));
    const cold = setUp(ruleModels(rules.momentum), hours(0, 399));
    await cold.predictor.onCandle(received(299));
    await cold.predictor.onCandle(received(310));
    await cold.predictor.onCandle(received(299));
    expect(cold.published[0]).toEqual(warm.published[0]);
    expect(cold.published[2]).toEqual(warm.published[0]);
  });

  it('is fresh for one interval after its close', async () => {
    const { predictor, published } = setUp();
    await predictor.onCandle(received(0, hourMs));
    expect(published).toHaveLength(0);
    await predictor.onCandle(received(1, hourMs - 1));
    expect(published).toHaveLength(1);
  });

  it(`is neutral for warm-up until there are ${windowSize} candles`, async () => {
    const { predictor, published } = setUp();
    for (const hour of hours(0, windowSize)) await predictor.onCandle(received(hour));
    const causes = published.map(({ data }) => data.cause);
    expect(causes.indexOf('model')).toBe(windowSize - 1);
    expect(published[0]?.data).toMatchObject({
      cause: 'warm-up',
      direction: 'neutral',
      probability: 0.5,
      confidence: 0,
    });
  });

  it('is neutral as long as an outage of the exchange lies within its window', async () => {
    const present = [...hours(0, 200), ...hours(204, 399)];
    const { predictor, published } = setUp(ruleModels(rules.momentum), present);
    for (const hour of present) await predictor.onCandle(received(hour));
    const gap = published
      .filter(({ data }) => data.cause === 'gap-in-window')
      .map(({ data }) => data.openTime / hourMs);
    expect(gap).toEqual(hours(204, 204 + windowSize - 2));
    expect(
      published.filter(({ data }) => data.cause === 'gap-in-window').every(({ data }) => data.direction === 'neutral'),
    ).toBe(true);
    expect(published).toHaveLength(present.length);
  });

  it('is neutral and says so while there is no model', async () => {
    const none: ModelSource = { ...ruleModels(rules.momentum), type: 'lstm', modelFor: async () => null };
    const { predictor, published } = setUp(none, hours(0, 399));
    await predictor.onCandle(received(300));
    expect(published[0]?.data).toMatchObject({
      cause: 'no-model',
      direction: 'neutral',
      modelId: 'none',
      modelType: 'lstm',
    });
  });

  it('gets the same signal when the stream was lost and counts from 1 again', async () => {
    const { predictor, published } = setUp(ruleModels(rules.momentum), hours(0, 399));
    for (const hour of hours(200, 250)) await predictor.onCandle(received(hour));
    predictor.forget();
    await predictor.onCandle({ ...received(250), sequence: 251 });
    expect(published.at(-1)).toEqual(published.at(-2));
  });

  it('is tried again by the bus when the signal could not be stored', async () => {
    const failing = new Predictor({
      models: ruleModels(rules.momentum),
      read: () => async function* () {},
      publish: () => Promise.reject(new Error('no bus')),
      observe: () => {},
    });
    await expect(failing.onCandle(received(1))).rejects.toThrow('no bus');
    await expect(failing.onCandle(received(2)), 'the next is not blocked').rejects.toThrow('no bus');
  });
});

describe('the status', () => {
  it('names each series, its newest candle and its model', async () => {
    const { predictor } = setUp();
    await predictor.onCandle(received(5));
    await predictor.onCandle(received(3));
    expect(predictor.status()).toEqual([
      { symbol, interval: '1h', lastOpenTime: 5 * hourMs, state: 'ready: momentum-v1' },
    ]);
  });
});
