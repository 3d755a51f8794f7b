import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { idOf, type Message, messageDefinition, unixMs } from '@bot-core/events';
import { type RunningNatsServer, startNatsServer } from '@bot-core/embedded/nats';
import { type INestMicroservice, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import {
  applyInfrastructure,
  type Bus,
  connectBus,
  type ConsumerDeclaration,
  type Infrastructure,
  JetStreamStrategy,
  readInfrastructure,
  type StrategyOptions,
} from '../src/index.ts';

export const Tick = messageDefinition('Tick', 1, 'A test message', { n: z.int() });
export type Tick = z.infer<typeof Tick.schema>;

export const tick = (subject: string, n: number): Message<Tick> => {
  const id = idOf('tick', subject, n);
  const time = unixMs(1_700_000_000_000 + n);
  return { id, definition: Tick, source: 'test', time, subject, correlationId: id, causationId: id, data: { n } };
};

/** A server of its own with a bus to it. */
export interface Broker extends AsyncDisposable {
  readonly bus: Bus;
  readonly url: string;
  /** Ends the server without warning and starts it again on its port and data. */
  crash(): Promise<void>;
  /** The server itself, as it is now. */
  server(): RunningNatsServer;
  restart(): Promise<void>;
}

export const startBroker = async (): Promise<Broker> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-core-bus-'));
  let server = await startNatsServer({ dataDir });
  const bus = await connectBus({ url: server.url, name: 'test' });
  const restart = async () => {
    server = await startNatsServer({ dataDir, port: server.port });
    await until(() => bus.link.isUp());
  };
  return {
    bus,
    url: server.url,
    server: () => server,
    restart,
    crash: async () => {
      await server.kill('SIGKILL');
      await until(() => !bus.link.isUp());
      await restart();
    },
    [Symbol.asyncDispose]: async () => {
      await bus.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** Declares the stream `<NAME>` for `<name>.>` with the consumer `<name>-worker`, and DEADLETTERS. */
export const declare = async (bus: Bus, name: string, consumer: Partial<ConsumerDeclaration> = {}): Promise<void> => {
  await applyInfrastructure(bus, await infrastructureFor(name, consumer));
};

export const infrastructureFor = async (
  name: string,
  consumer: Partial<ConsumerDeclaration> = {},
): Promise<Infrastructure> => {
  const { streams, consumers } = await readInfrastructure();
  const [market] = streams;
  const letters = streams.find((one) => one.name === 'DEADLETTERS');
  const [first] = consumers;
  if (!market || !letters || !first) throw new Error('infra/nats declares no streams');
  const subjects = [`${name}.>`];
  return {
    streams: [{ ...market, name: name.toUpperCase(), subjects, max_bytes: 16_777_216 }, letters],
    consumers: [
      { ...first, stream: name.toUpperCase(), durable_name: `${name}-worker`, filter_subjects: subjects, ...consumer },
    ],
  };
};

export interface TestService extends AsyncDisposable {
  readonly app: INestMicroservice;
}

/** A Nest service with these controllers over the bus. Rejects as the strategy refuses. */
export const startService = async (
  bus: Bus,
  controllers: Type[],
  options: Partial<StrategyOptions> = {},
): Promise<TestService> => {
  class TestModule {}
  Module({ controllers })(TestModule);
  const strategy = new JetStreamStrategy({ bus, ...options });
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false, abortOnError: false });
  await app.listen();
  return { app, [Symbol.asyncDispose]: () => app.close() };
};

/** Waits until `condition` holds. */
export const until = async (condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`);
    await delay(5);
  }
};

/** The consumer has nothing left to deliver and nothing unanswered. */
export const settled = (bus: Bus, name: string) => async (): Promise<boolean> => {
  const info = await bus.jetStreamManager.consumers.info(name.toUpperCase(), `${name}-worker`);
  return info.num_pending === 0 && info.num_ack_pending === 0;
};

export const deferred = <Value = void>() => {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
