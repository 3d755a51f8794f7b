import { createServer } from 'node:net';
import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Answers, connectBus, OnStored } from '../src/index.ts';
import { type Broker, declare, startBroker, startService, Tick } from './harness.ts';
import { echo } from './echo.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const definitions = [Tick];

it('refuses to start with every fault at once', async () => {
  await declare(broker.bus, 'faulty');
  await broker.bus.jetStreamManager.consumers.add('FAULTY', {
    durable_name: 'dropping',
    ack_policy: 'explicit',
    max_deliver: 5,
  });
  @Controller()
  class First {
    @OnStored('faulty.>', { durable: 'faulty-worker', stream: 'FAULTY', definitions })
    one() {
      return undefined;
    }
    @OnStored('faulty.a', { durable: 'missing', stream: 'FAULTY', definitions })
    two() {
      return undefined;
    }
    @OnStored('faulty.b', { durable: 'dropping', stream: 'FAULTY', definitions })
    three() {
      return undefined;
    }
    @Answers(echo)
    four() {
      return undefined;
    }
    @EventPattern('faulty.c')
    five(data: unknown) {
      return data;
    }
  }
  @Controller()
  class Second {
    @OnStored('faulty.>', { durable: 'faulty-worker', stream: 'FAULTY', definitions })
    one() {
      return undefined;
    }
    @Answers(echo)
    two() {
      return undefined;
    }
  }
  const refused = await startService(broker.bus, [First, Second]).then(
    () => undefined,
    (error: Error & { faults: string[] }) => error,
  );
  expect(refused?.name).toBe('StrategyRefused');
  expect(refused?.faults).toEqual([
    '"faulty.c" has no feed. Use @OnStored, @OnNotice or @Answers instead of Nest\'s own decorators.',
    'two handlers take "faulty.>" from consumer faulty-worker. Merge them: only one would be called.',
    'two handlers take "rpc.tester.echo" from answers. Merge them: only one would be called.',
    expect.stringMatching(/^consumer "(missing|dropping)" of stream FAULTY/),
    expect.stringMatching(/^consumer "(missing|dropping)" of stream FAULTY/),
  ]);
});

it('says where there is no server, without the password', async () => {
  await expect(connectBus({ url: 'nats://bot:hunter2@127.0.0.1:1', name: 'test' })).rejects.toThrow(
    /^jetstream: no connection to nats:\/\/127\.0\.0\.1:1: .*Start the server or correct NATS_URL\.$/,
  );
});

it('refuses a server that is too old', async () => {
  const info = {
    server_id: 'x',
    version: '2.9.10',
    proto: 1,
    host: '127.0.0.1',
    port: 0,
    headers: true,
    max_payload: 1,
  };
  const old = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('data', (data) => data.toString().includes('PING') && socket.write('PONG\r\n'));
  });
  await new Promise<void>((done) => old.listen(0, '127.0.0.1', done));
  const { port } = old.address() as { port: number };
  await expect(connectBus({ url: `nats://127.0.0.1:${port}`, name: 'test' })).rejects.toThrow(
    /is nats-server 2\.9\.10; 2\.10 or later is needed/,
  );
  old.close();
});
