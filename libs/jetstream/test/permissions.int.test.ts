import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningNatsServer, startNatsServer } from '@bot-core/embedded/nats';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  Answers,
  applyInfrastructure,
  type Bus,
  connectBus,
  OnNotice,
  OnStored,
  Poison,
  readInfrastructure,
} from '../src/index.ts';
import { echo } from './echo.ts';
import { startService, Tick, tick, until } from './harness.ts';

const users = ['operator', 'ingest', 'predictor', 'executor', 'projector', 'gateway'] as const;
type User = (typeof users)[number];

let dataDir: string;
let server: RunningNatsServer;
const buses: Partial<Record<User, Bus>> = {};
const bus = (user: User): Bus => {
  const found = buses[user];
  if (!found) throw new Error(`${user} is not connected`);
  return found;
};

beforeAll(async () => {
  for (const user of users) process.env[`NATS_${user.toUpperCase()}_PASSWORD`] = `secret-of-${user}`;
  dataDir = await mkdtemp(join(tmpdir(), 'bot-core-bus-'));
  const config = fileURLToPath(new URL('../../../infra/nats/production.conf', import.meta.url));
  server = await startNatsServer({ dataDir, config });
  for (const user of users) {
    const url = server.url.replace('//', `//${user}:secret-of-${user}@`);
    buses[user] = await connectBus({ url, name: user, publish: { attemptMs: 100, deadlineMs: 200 } });
  }
  await applyInfrastructure(bus('operator'), await readInfrastructure());
});
afterAll(async () => {
  await Promise.all(Object.values(buses).map((one) => one.close()));
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const definitions = [Tick];

it('lets nobody in without a password', async () => {
  await expect(connectBus({ url: server.url, name: 'stranger' })).rejects.toThrow(/no connection/);
});

it('lets each service do its work', async () => {
  const done: string[] = [];
  @Controller()
  class Predictor {
    @OnStored('market.candle.>', { durable: 'predictor-candles', stream: 'MARKET', definitions })
    async onCandle(@Payload() { n }: Tick) {
      done.push(`candle ${n}`);
      await bus('predictor').publish(tick('signal.BTCUSDT.1m', n));
    }
  }
  @Controller()
  class Executor {
    @OnStored('signal.>', { durable: 'executor-signals', stream: 'SIGNALS', definitions })
    onSignal(@Payload() { n }: Tick) {
      done.push(`signal ${n}`);
      throw new Poison('to see it dead-lettered');
    }
    @Answers({ ...echo, service: 'executor' })
    echo(@Payload() { text }: { text: string }) {
      return { text, by: 'executor' };
    }
  }
  @Controller()
  class Projector {
    @OnNotice('market.price.*', { definitions })
    onPrice(@Payload() { n }: Tick) {
      done.push(`price ${n}`);
      bus('projector').notify(tick('view.position.BTCUSDT', n));
    }
  }
  @Controller()
  class Gateway {
    @OnNotice('view.>', { definitions })
    onView(@Payload() { n }: Tick) {
      done.push(`view ${n}`);
    }
  }
  await using _predictor = await startService(bus('predictor'), [Predictor]);
  await using _executor = await startService(bus('executor'), [Executor]);
  await using _projector = await startService(bus('projector'), [Projector]);
  await using _gateway = await startService(bus('gateway'), [Gateway]);
  await bus('ingest').publish(tick('market.candle.spot.BTCUSDT.1m', 1));
  bus('ingest').notify(tick('market.price.BTCUSDT', 2));
  await until(() => done.length === 4);
  expect(done.sort()).toEqual(['candle 1', 'price 2', 'signal 1', 'view 2']);
  await until(async () => (await bus('operator').jetStreamManager.streams.info('DEADLETTERS')).state.messages === 1);
  const request = { text: 'hello', times: 1 };
  expect(await bus('gateway').request({ ...echo, service: 'executor' }, request)).toEqual({
    text: 'hello',
    by: 'executor',
  });
  expect(await bus('ingest').last('MARKET', 'market.candle.>', Tick)).toMatchObject({ data: { n: 1 } });
  const history = bus('predictor').history({ stream: 'MARKET', subject: 'market.candle.>', definitions });
  expect(await Array.fromAsync(history, ({ data }) => data.n)).toEqual([1]);
  const signals = bus('projector').history({ stream: 'SIGNALS', subject: 'signal.>', definitions });
  expect(await Array.fromAsync(signals, ({ data }) => data.n)).toEqual([1]);
});

it.each([
  ['executor', 'market.candle.spot.BTCUSDT.1m'],
  ['ingest', 'signal.BTCUSDT.1m'],
  ['gateway', 'signal.BTCUSDT.1m'],
  ['projector', 'dlq.market.candle.x'],
] as const)('does not let %s publish on %s', async (user, subject) => {
  await expect(bus(user).publish(tick(subject, 9))).rejects.toMatchObject({ code: 'publish-failed' });
});
