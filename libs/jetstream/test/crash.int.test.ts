import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectBus, OnStored, PublishFailed } from '../src/index.ts';
import { type Broker, declare, deferred, settled, startBroker, startService, Tick, tick, until } from './harness.ts';

let broker: Broker;
beforeEach(async () => {
  broker = await startBroker();
});
afterEach(() => broker[Symbol.asyncDispose]());

const definitions = [Tick];
/** A killed server forgets its newest acknowledgements; what it delivers again for that comes after `ack_wait`. */
const ackedAgain = { ack_wait: 1_000_000_000 };
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

it('loses nothing when the server is killed twice in the middle of publishing and consuming', async () => {
  await declare(broker.bus, 'crash', ackedAgain);
  const seen = new Set<number>();
  @Controller()
  class Ticks {
    @OnStored('crash.>', { durable: 'crash-worker', stream: 'CRASH', definitions, workers: 4 })
    onTick(@Payload() { n }: Tick) {
      seen.add(n);
    }
  }
  await using _ = await startService(broker.bus, [Ticks]);
  const count = 3_000;
  const publishing = (async () => {
    for (let from = 0; from < count; from += 50)
      await Promise.all(upTo(50).map((n) => broker.bus.publish(tick('crash.a', from + n))));
  })();
  await until(() => seen.size > 500);
  await broker.crash();
  const after = seen.size;
  await until(() => seen.size > after + 500);
  await broker.crash();
  await publishing;
  await until(settled(broker.bus, 'crash'));
  expect([...seen].sort((one, other) => one - other)).toEqual(upTo(count));
  const { state } = await broker.bus.jetStreamManager.streams.info('CRASH');
  expect(state.messages).toBe(count);
});

it('resumes idle consumers within three seconds of a restart', async () => {
  await declare(broker.bus, 'idle', ackedAgain);
  const seen: number[] = [];
  @Controller()
  class Ticks {
    @OnStored('idle.>', { durable: 'idle-worker', stream: 'IDLE', definitions, workers: 2 })
    onTick(@Payload() { n }: Tick) {
      seen.push(n);
    }
  }
  await using _ = await startService(broker.bus, [Ticks]);
  await broker.bus.publish(tick('idle.a', 1));
  await until(() => seen.length === 1);
  await broker.crash();
  await broker.bus.publish(tick('idle.a', 2));
  await until(() => seen.includes(2), 3_000);
  await until(settled(broker.bus, 'idle'));
});

it('resumes after the server was frozen for longer than its heartbeats', async () => {
  await declare(broker.bus, 'frozen');
  const seen: number[] = [];
  @Controller()
  class Ticks {
    @OnStored('frozen.>', { durable: 'frozen-worker', stream: 'FROZEN', definitions })
    onTick(@Payload() { n }: Tick) {
      seen.push(n);
    }
  }
  await using _ = await startService(broker.bus, [Ticks]);
  await broker.server().kill('SIGSTOP');
  await delay(3_500);
  await broker.server().kill('SIGCONT');
  await broker.bus.publish(tick('frozen.a', 1));
  await until(() => seen.length === 1, 3_000);
  await until(settled(broker.bus, 'frozen'));
});

it('acknowledges what was handled while the server was away, after it came back', async () => {
  await declare(broker.bus, 'away');
  const started = deferred();
  const finish = deferred();
  @Controller()
  class Ticks {
    @OnStored('away.>', { durable: 'away-worker', stream: 'AWAY', definitions })
    async onTick() {
      started.resolve();
      await finish.promise;
    }
  }
  await using _ = await startService(broker.bus, [Ticks]);
  await broker.bus.publish(tick('away.a', 1));
  await started.promise;
  await broker.server().kill('SIGKILL');
  await until(() => !broker.bus.link.isUp());
  finish.resolve();
  await delay(50);
  await broker.restart();
  // Far less than `ack_wait`, so that it is the acknowledgement that settles it.
  await until(settled(broker.bus, 'away'), 5_000);
});

it('a publish waits for the server to come back, and gives up at its deadline', async () => {
  await declare(broker.bus, 'late');
  const impatient = await connectBus({ url: broker.url, name: 'test', publish: { deadlineMs: 300, attemptMs: 100 } });
  const states: string[] = [];
  broker.bus.link.onState((state) => states.push(state));
  await broker.server().kill('SIGKILL');
  await until(() => !broker.bus.link.isUp() && !impatient.link.isUp());
  const waiting = broker.bus.publish(tick('late.a', 1));
  await expect(impatient.publish(tick('late.b', 2))).rejects.toThrow(PublishFailed);
  await broker.restart();
  expect(await waiting).toMatchObject({ stream: 'LATE' });
  expect(await broker.bus.publish(tick('late.a', 1))).toMatchObject({ duplicate: true });
  expect(states).toEqual(['down', 'up']);
  await impatient.close();
});

it('shutting down finishes what was begun and leaves the rest for the next one', async () => {
  await declare(broker.bus, 'handover');
  const seen: number[] = [];
  const service = () => {
    @Controller()
    class Ticks {
      @OnStored('handover.>', { durable: 'handover-worker', stream: 'HANDOVER', definitions, workers: 4 })
      async onTick(@Payload() { n }: Tick) {
        await delay(5);
        seen.push(n);
      }
    }
    return Ticks;
  };
  const count = 400;
  for (const n of upTo(count)) await broker.bus.publish(tick('handover.a', n));
  for (let stops = 0; stops < 3; stops += 1) {
    const first = await connectBus({ url: broker.url, name: 'first' });
    const running = await startService(first, [service()]);
    const before = seen.length;
    await until(() => seen.length > before + 20);
    await running.app.close();
    const atClose = seen.length;
    await first.close();
    const info = await broker.bus.jetStreamManager.consumers.info('HANDOVER', 'handover-worker');
    expect(info.ack_floor.stream_seq).toBe(atClose);
    expect(info.num_ack_pending).toBe(0);
  }
  await using _ = await startService(broker.bus, [service()]);
  await until(settled(broker.bus, 'handover'));
  expect(seen.sort((one, other) => one - other)).toEqual(upTo(count));
});

it('closing does not wait for a stuck handler for ever', async () => {
  await declare(broker.bus, 'hung');
  const release = deferred();
  const started = deferred();
  const complaints: string[] = [];
  const logger = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, text: string) => complaints.push(text),
  };
  @Controller()
  class Ticks {
    @OnStored('hung.>', { durable: 'hung-worker', stream: 'HUNG', definitions })
    async onTick() {
      started.resolve();
      await release.promise;
    }
  }
  const service = await startService(broker.bus, [Ticks], { closeMs: 200, logger });
  await broker.bus.publish(tick('hung.a', 1));
  await started.promise;
  await service.app.close();
  expect(complaints).toEqual(['bus: closed while handlers were running; their messages will be delivered again']);
  release.resolve();
});
