import { afterAll, beforeAll, expect, it } from 'vitest';
import { PublishFailed, type StoredMessage } from '../src/index.ts';
import { type Broker, declare, startBroker, Tick, tick } from './harness.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const definitions = [Tick];
const all = async (messages: AsyncIterable<StoredMessage<Tick>>) => {
  const found: [number, number][] = [];
  for await (const { sequence, data } of messages) found.push([sequence, data.n]);
  return found;
};

it('publishes once per id and names stream and sequence', async () => {
  await declare(broker.bus, 'once');
  expect(await broker.bus.publish(tick('once.a', 1))).toEqual({ stream: 'ONCE', sequence: 1, duplicate: false });
  expect(await broker.bus.publish(tick('once.a', 1))).toEqual({ stream: 'ONCE', sequence: 1, duplicate: true });
});

it('fails to publish what no stream takes, saying what to do', async () => {
  const { connectBus } = await import('../src/index.ts');
  const bus = await connectBus({ url: broker.url, name: 'test', publish: { deadlineMs: 200 } });
  const failed = bus.publish(tick('nowhere.a', 1));
  await expect(failed).rejects.toThrow(PublishFailed);
  await expect(failed).rejects.toThrow(/on nowhere\.a was not acknowledged, .*Apply infra\/nats/);
  await bus.close();
});

it('reads a stream up to its end as of the call, by subject and by sequence', async () => {
  await declare(broker.bus, 'past');
  const read = (options: { fromSequence?: number; toSequence?: number } = {}, subject = 'past.a') =>
    all(broker.bus.history({ stream: 'PAST', subject, definitions, ...options }));
  expect(await read()).toEqual([]);
  for (let n = 1; n <= 1_200; n += 1) await broker.bus.publish(tick(n % 2 ? 'past.a' : 'past.b', n));
  const odd = Array.from({ length: 600 }, (_, index): [number, number] => [2 * index + 1, 2 * index + 1]);
  expect(await read()).toEqual(odd);
  expect(await read({ fromSequence: 1_190 })).toEqual([1_191, 1_193, 1_195, 1_197, 1_199].map((n) => [n, n]));
  expect(await read({ fromSequence: 3, toSequence: 6 })).toEqual([3, 5].map((n) => [n, n]));
  expect(await read({ fromSequence: 5_000 })).toEqual([]);
  expect(await read({}, 'past.none')).toEqual([]);
  expect(await read({ toSequence: 4 }, 'past.*')).toEqual([1, 2, 3, 4].map((n) => [n, n]));
});

it('does not follow what is published while it reads, and leaves out what cannot be decoded', async () => {
  await declare(broker.bus, 'moving');
  await broker.bus.publish(tick('moving.a', 1));
  await broker.bus.js.publish('moving.a', 'rubbish');
  await broker.bus.publish(tick('moving.a', 3));
  const found: number[] = [];
  for await (const { sequence, data } of broker.bus.history({ stream: 'MOVING', subject: 'moving.>', definitions })) {
    found.push(data.n);
    await broker.bus.publish(tick('moving.a', 100 + sequence));
  }
  expect(found).toEqual([1, 3]);
});

it('continues a history across a restart of the server', async () => {
  await declare(broker.bus, 'broken');
  for (let n = 1; n <= 1_500; n += 1) await broker.bus.publish(tick('broken.a', n));
  const found: number[] = [];
  for await (const { data } of broker.bus.history({ stream: 'BROKEN', subject: 'broken.>', definitions })) {
    found.push(data.n);
    if (data.n === 200) await broker.crash();
  }
  expect(found).toEqual(Array.from({ length: 1_500 }, (_, index) => index + 1));
});

it('knows the newest message of a subject', async () => {
  await declare(broker.bus, 'newest');
  expect(await broker.bus.last('NEWEST', 'newest.a', Tick)).toBeUndefined();
  await broker.bus.publish(tick('newest.a', 1));
  await broker.bus.publish(tick('newest.b', 2));
  expect(await broker.bus.last('NEWEST', 'newest.a', Tick)).toMatchObject({
    sequence: 1,
    data: { n: 1 },
    type: 'Tick',
  });
  expect(await broker.bus.last('NEWEST', 'newest.*', Tick)).toMatchObject({ sequence: 2 });
});
