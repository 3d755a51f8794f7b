import { setTimeout as delay } from 'node:timers/promises';
import { decodeMessage } from '@bot-core/events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { headers } from '@nats-io/transport-node';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageContext, OnStored, Poison, Unavailable } from '../src/index.ts';
import { type Broker, declare, deferred, settled, startBroker, startService, Tick, tick, until } from './harness.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const definitions = [Tick];
const deadLetters = async (stream: string) => {
  const found = [];
  const { state } = await broker.bus.jetStreamManager.streams.info('DEADLETTERS');
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq += 1) {
    const message = await broker.bus.jetStreamManager.streams.getMessage('DEADLETTERS', { seq });
    if (message?.header.get('dlq-stream') === stream) found.push(message);
  }
  return found;
};

describe('a stored message', () => {
  it('reaches its handler with its context and is acknowledged after the handler resolved', async () => {
    await declare(broker.bus, 'plain');
    const finish = deferred();
    const seen: [Tick, MessageContext][] = [];
    @Controller()
    class Ticks {
      @OnStored('plain.>', { durable: 'plain-worker', stream: 'PLAIN', definitions })
      async onTick(@Payload() data: Tick, @Ctx() context: MessageContext) {
        seen.push([data, context]);
        await finish.promise;
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    const message = tick('plain.a', 1);
    await broker.bus.publish(message);
    await until(() => seen.length === 1);
    expect(seen[0]).toEqual([
      { n: 1 },
      {
        id: message.id,
        subject: 'plain.a',
        time: message.time,
        correlationId: message.id,
        causationId: message.id,
        stream: 'PLAIN',
        sequence: 1,
        deliveryCount: 1,
      },
    ]);
    expect(await settled(broker.bus, 'plain')()).toBe(false);
    finish.resolve();
    await until(settled(broker.bus, 'plain'));
  });

  it('goes to the most specific of several wildcard patterns', async () => {
    await declare(broker.bus, 'wild');
    const seen: string[] = [];
    const feed = { durable: 'wild-worker', stream: 'WILD', definitions };
    @Controller()
    class Ticks {
      @OnStored('wild.>', feed)
      onAny(@Ctx() context: MessageContext) {
        seen.push(`any ${context.subject}`);
      }
      @OnStored('wild.*.1m', feed)
      onMinute(@Ctx() context: MessageContext) {
        seen.push(`minute ${context.subject}`);
      }
      @OnStored('wild.BTCUSDT.1m', feed)
      onBitcoin(@Ctx() context: MessageContext) {
        seen.push(`bitcoin ${context.subject}`);
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    for (const subject of ['wild.BTCUSDT.1m', 'wild.ETHUSDT.1m', 'wild.ETHUSDT.5m', 'wild.a.b.c'])
      await broker.bus.publish(tick(subject, 1));
    await until(settled(broker.bus, 'wild'));
    expect(seen).toEqual([
      'bitcoin wild.BTCUSDT.1m',
      'minute wild.ETHUSDT.1m',
      'any wild.ETHUSDT.5m',
      'any wild.a.b.c',
    ]);
  });

  it('comes again with a growing delay while its handler throws', async () => {
    await declare(broker.bus, 'again');
    const attempts: { count: number; at: number }[] = [];
    @Controller()
    class Ticks {
      @OnStored('again.>', { durable: 'again-worker', stream: 'AGAIN', definitions })
      onTick(@Ctx() { deliveryCount }: MessageContext) {
        attempts.push({ count: deliveryCount, at: performance.now() });
        if (deliveryCount < 4) throw new Error('not yet');
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    await broker.bus.publish(tick('again.a', 1));
    await until(() => attempts.length === 4);
    await until(settled(broker.bus, 'again'));
    expect(attempts.map(({ count }) => count)).toEqual([1, 2, 3, 4]);
    const gaps = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(95);
    expect(gaps[1]).toBeGreaterThanOrEqual(195);
    expect(gaps[2]).toBeGreaterThanOrEqual(395);
    expect(await deadLetters('AGAIN')).toEqual([]);
  });

  it('is dead-lettered after too many attempts, with original headers, reason and count', async () => {
    await declare(broker.bus, 'many');
    const registry = new Registry();
    @Controller()
    class Ticks {
      @OnStored('many.>', { durable: 'many-worker', stream: 'MANY', definitions, maxDeliver: 3 })
      onTick() {
        throw new Error('never works');
      }
    }
    await using _ = await startService(broker.bus, [Ticks], { metrics: registry });
    const message = tick('many.a', 7);
    await broker.bus.publish(message);
    await until(async () => (await deadLetters('MANY')).length === 1);
    await until(settled(broker.bus, 'many'));
    const [letter] = await deadLetters('MANY');
    expect(letter?.subject).toBe('dlq.many.a');
    const header = (name: string) => letter?.header.get(name) || undefined;
    expect(header('dlq-reason')).toBe('too-many-attempts');
    expect(header('dlq-detail')).toBe('Error: never works');
    expect(header('dlq-delivery-count')).toBe('3');
    expect(header('dlq-sequence')).toBe('1');
    expect(header('dlq-consumer')).toBe('many-worker');
    expect(header('dlq-original-Nats-Msg-Id')).toBe(message.id);
    expect(decodeMessage(header, letter?.string() ?? '', [Tick])).toMatchObject({ id: message.id, data: { n: 7 } });
    const counted = await registry.getSingleMetricAsString('bus_messages_total');
    expect(counted).toContain('bus_messages_total{source="many-worker",outcome="failed"} 2');
    expect(counted).toContain('bus_messages_total{source="many-worker",outcome="dead-lettered"} 1');
  });

  it('is dead-lettered at once when the handler says it is poison', async () => {
    await declare(broker.bus, 'poison');
    let calls = 0;
    @Controller()
    class Ticks {
      @OnStored('poison.>', { durable: 'poison-worker', stream: 'POISON', definitions })
      async onTick() {
        calls += 1;
        await delay(1);
        throw new Poison('the candle is from the future');
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    await broker.bus.publish(tick('poison.a', 1));
    await until(async () => (await deadLetters('POISON')).length === 1);
    await until(settled(broker.bus, 'poison'));
    expect(calls).toBe(1);
    expect((await deadLetters('POISON'))[0]?.header.get('dlq-reason')).toBe('poison');
  });

  it('is dead-lettered when it cannot be decoded, and the next one is handled', async () => {
    await declare(broker.bus, 'garbled');
    const seen: number[] = [];
    @Controller()
    class Ticks {
      @OnStored('garbled.>', { durable: 'garbled-worker', stream: 'GARBLED', definitions })
      onTick(@Payload() { n }: Tick) {
        seen.push(n);
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    const foreign = headers();
    foreign.set('x-sender', 'somebody else');
    foreign.set('Nats-Expected-Stream', 'GARBLED');
    await broker.bus.js.publish('garbled.a', '{"n":', { headers: foreign });
    await broker.bus.js.publish('garbled.b', 'no headers at all');
    await broker.bus.publish(tick('garbled.c', 3));
    await until(settled(broker.bus, 'garbled'));
    expect(seen).toEqual([3]);
    const letters = await deadLetters('GARBLED');
    expect(letters.map((one) => [one.subject, one.header.get('dlq-reason'), one.string()])).toEqual([
      ['dlq.garbled.a', 'undecodable', '{"n":'],
      ['dlq.garbled.b', 'undecodable', 'no headers at all'],
    ]);
    expect(letters[0]?.header.get('x-sender')).toBe('somebody else');
    expect(letters[0]?.header.get('dlq-original-Nats-Expected-Stream')).toBe('GARBLED');
  });

  it('is dead-lettered when no pattern of the consumer matches it', async () => {
    await declare(broker.bus, 'stray');
    @Controller()
    class Ticks {
      @OnStored('stray.known.*', { durable: 'stray-worker', stream: 'STRAY', definitions })
      onTick() {
        return undefined;
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    await broker.bus.publish(tick('stray.unknown', 1));
    await until(settled(broker.bus, 'stray'));
    expect((await deadLetters('STRAY')).map((one) => one.header.get('dlq-reason'))).toEqual(['no-handler']);
  });

  it('is kept while DEADLETTERS cannot take it', async () => {
    await declare(broker.bus, 'kept');
    const complaints: string[] = [];
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (_: object, message: string) => complaints.push(message),
    };
    const stub = { ...broker.bus, store: () => Promise.reject(new Error('the stream is full')) };
    @Controller()
    class Ticks {
      @OnStored('kept.>', { durable: 'kept-worker', stream: 'KEPT', definitions })
      onTick() {
        throw new Poison('no');
      }
    }
    await using _ = await startService(stub, [Ticks], { logger });
    await broker.bus.publish(tick('kept.a', 1));
    await until(() => complaints.length > 0);
    expect(complaints).toEqual(['bus: not dead-lettered, the message will come again']);
    const info = await broker.bus.jetStreamManager.consumers.info('KEPT', 'kept-worker');
    expect(info.num_ack_pending).toBe(1);
  });

  it('waits for what is down as long as it takes, without being dead-lettered', async () => {
    await declare(broker.bus, 'down');
    let calls = 0;
    @Controller()
    class Ticks {
      @OnStored('down.>', { durable: 'down-worker', stream: 'DOWN', definitions, maxDeliver: 2 })
      onTick() {
        calls += 1;
        if (calls < 4) throw new Unavailable('the ledger is down');
        if (calls < 5) throw new Error('the first that counts');
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    await broker.bus.publish(tick('down.a', 1));
    await until(async () => calls === 5 && (await settled(broker.bus, 'down')()));
    expect(await deadLetters('DOWN')).toEqual([]);
  });
});

describe('a slow handler', () => {
  it('keeps its message while it works', async () => {
    await declare(broker.bus, 'slow', { ack_wait: 300_000_000 });
    const counts: number[] = [];
    @Controller()
    class Ticks {
      @OnStored('slow.>', { durable: 'slow-worker', stream: 'SLOW', definitions, workers: 2 })
      async onTick(@Ctx() { deliveryCount }: MessageContext) {
        counts.push(deliveryCount);
        await delay(1_500);
      }
    }
    await using _ = await startService(broker.bus, [Ticks]);
    await broker.bus.publish(tick('slow.a', 1));
    await until(() => counts.length > 0);
    await until(settled(broker.bus, 'slow'));
    expect(counts).toEqual([1]);
  });

  it('loses it to another worker beyond the cap', async () => {
    await declare(broker.bus, 'stuck', { ack_wait: 300_000_000 });
    const counts: number[] = [];
    const release = deferred();
    @Controller()
    class Ticks {
      @OnStored('stuck.>', { durable: 'stuck-worker', stream: 'STUCK', definitions, workers: 2 })
      async onTick(@Ctx() { deliveryCount }: MessageContext) {
        counts.push(deliveryCount);
        if (deliveryCount === 1) await release.promise;
      }
    }
    await using _ = await startService(broker.bus, [Ticks], { maxWorkingMs: 400 });
    await broker.bus.publish(tick('stuck.a', 1));
    await until(() => counts.length === 2);
    release.resolve();
    await until(settled(broker.bus, 'stuck'));
    expect(counts).toEqual([1, 2]);
  });

  it('holds no more messages than it has workers', async () => {
    await declare(broker.bus, 'pressed');
    const release = deferred();
    let running = 0;
    let most = 0;
    @Controller()
    class Ticks {
      @OnStored('pressed.>', { durable: 'pressed-worker', stream: 'PRESSED', definitions, workers: 3 })
      async onTick() {
        running += 1;
        most = Math.max(most, running);
        await release.promise;
        running -= 1;
      }
    }
    for (let n = 0; n < 200; n += 1) await broker.bus.publish(tick('pressed.a', n));
    await using _ = await startService(broker.bus, [Ticks]);
    await until(() => running === 3);
    await broker.bus.connection.flush();
    const info = await broker.bus.jetStreamManager.consumers.info('PRESSED', 'pressed-worker');
    expect(info.num_ack_pending).toBe(3);
    expect(info.num_pending).toBe(197);
    release.resolve();
    await until(settled(broker.bus, 'pressed'));
    expect(most).toBe(3);
  });
});

it('keeps the order with one worker', async () => {
  await declare(broker.bus, 'ordered');
  const seen: number[] = [];
  @Controller()
  class Ticks {
    @OnStored('ordered.>', { durable: 'ordered-worker', stream: 'ORDERED', definitions })
    async onTick(@Payload() { n }: Tick) {
      if (n % 10 === 0) await delay(2);
      seen.push(n);
    }
  }
  await using _ = await startService(broker.bus, [Ticks], { confirmAcks: true });
  for (let n = 0; n < 100; n += 1) await broker.bus.publish(tick('ordered.a', n));
  await until(settled(broker.bus, 'ordered'));
  expect(seen).toEqual(Array.from({ length: 100 }, (_ignored, n) => n));
});
