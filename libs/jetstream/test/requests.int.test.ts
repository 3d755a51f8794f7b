import { setTimeout as delay } from 'node:timers/promises';
import { rpc } from '@bot-core/events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Answers, connectBus, type MessageContext, OnNotice, type RpcFailure, RpcRefusal } from '../src/index.ts';
import { echo } from './echo.ts';
import { type Broker, deferred, startBroker, startService, Tick, tick, until } from './harness.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const nobody = rpc('tester', 'nobody', 'Answered by nobody', z.strictObject({}), z.strictObject({}));
const slow = rpc('tester', 'slow', 'Answered late', z.strictObject({}), z.strictObject({}));
const replica = (by: string) => {
  @Controller()
  class Replies {
    @Answers(echo)
    echo(@Payload() { text, times }: { text: string; times: number }) {
      if (text === 'forbidden') throw new RpcRefusal('refused', 'echo: "forbidden" is not said here.');
      if (text === 'bug') throw new Error('secret detail');
      return text === 'malformed' ? { text } : { text: text.repeat(times), by };
    }
    @Answers(slow)
    async slow() {
      await delay(500);
      return {};
    }
  }
  return Replies;
};
const failureOf = (asked: Promise<unknown>) =>
  asked.then(
    () => undefined,
    ({ name, code, message }: RpcFailure) => ({ name, code, message }),
  );

describe('a request', () => {
  it('is answered, with defaults filled in', async () => {
    await using _ = await startService(broker.bus, [replica('one')]);
    expect(await broker.bus.request(echo, { text: 'ab', times: 2 })).toEqual({ text: 'abab', by: 'one' });
    const bare = await broker.bus.connection.request('rpc.tester.echo', '{"text":"ab"}');
    expect(bare.json()).toEqual({ text: 'ab', by: 'one' });
  });

  it('fails with a typed error', async () => {
    await using _ = await startService(broker.bus, [replica('one')]);
    const ask = (text: string) => failureOf(broker.bus.request(echo, { text, times: 1 }));
    const name = 'RpcFailure';
    expect(await ask('forbidden')).toEqual({ name, code: 'refused', message: 'echo: "forbidden" is not said here.' });
    const internal = { name, code: 'internal', message: 'rpc.tester.echo: failed. See the log of tester.' };
    expect(await ask('bug')).toEqual(internal);
    expect(await ask('malformed')).toEqual(internal);
    expect((await ask(''))?.code).toBe('invalid-request');
    expect((await failureOf(broker.bus.request(nobody, {})))?.code).toBe('no-responders');
    expect((await failureOf(broker.bus.request(slow, {}, { timeoutMs: 50 })))?.code).toBe('timeout');
  });

  it('is checked by the answering end too, and so is the answer by the asking end', async () => {
    await using _ = await startService(broker.bus, [replica('one')]);
    const answer = await broker.bus.connection.request('rpc.tester.echo', '{"text":1,"extra":true}');
    expect(answer.headers?.get('rpc-error')).toBe('invalid-request');
    expect(answer.json()).toMatchObject({ code: 'invalid-request' });
    const stricter = rpc(
      'tester',
      'echo',
      'Expects another answer',
      echo.request,
      z.strictObject({ other: z.string() }),
    );
    expect((await failureOf(broker.bus.request(stricter, { text: 'a', times: 1 })))?.code).toBe('invalid-response');
  });

  it('goes to one of the replicas, each in turn getting some', async () => {
    const other = await connectBus({ url: broker.url, name: 'other' });
    await using _one = await startService(broker.bus, [replica('one')]);
    await using _two = await startService(other, [replica('two')]);
    const asked = Array.from({ length: 60 }, () => broker.bus.request(echo, { text: 'x', times: 1 }));
    const by = (await Promise.all(asked)).map((answer) => answer.by);
    expect(by).toHaveLength(60);
    expect(new Set(by)).toEqual(new Set(['one', 'two']));
    await _two.app.close();
    await other.close();
  });

  it('that is being answered is answered before the service closes', async () => {
    const service = await startService(broker.bus, [replica('one')]);
    const asked = broker.bus.request(slow, {});
    await broker.bus.connection.flush();
    await service.app.close();
    expect(await asked).toEqual({});
  });
});

describe('a notice', () => {
  it('is heard by every replica, in order, and an undecodable one is passed over', async () => {
    const heard: string[] = [];
    const listener = (by: string) => {
      @Controller()
      class Notices {
        @OnNotice('news.*', { definitions: [Tick] })
        async onNews(@Payload() { n }: Tick, @Ctx() context: MessageContext) {
          await delay(1);
          heard.push(`${by} ${context.subject} ${n}`);
        }
      }
      return Notices;
    };
    const other = await connectBus({ url: broker.url, name: 'other' });
    await using _one = await startService(broker.bus, [listener('one')]);
    await using _two = await startService(other, [listener('two')]);
    broker.bus.notify(tick('news.a', 1));
    broker.bus.connection.publish('news.b', 'rubbish');
    broker.bus.notify(tick('news.c', 2));
    await until(() => heard.length === 4);
    const by = (name: string) => heard.filter((line) => line.startsWith(name));
    expect(by('one')).toEqual(['one news.a 1', 'one news.c 2']);
    expect(by('two')).toEqual(['two news.a 1', 'two news.c 2']);
    await _two.app.close();
    await other.close();
  });

  it('makes way for newer ones when its handler is slow', async () => {
    const heard: number[] = [];
    const release = deferred();
    @Controller()
    class Notices {
      @OnNotice('flood', { definitions: [Tick] })
      async onFlood(@Payload() { n }: Tick) {
        await release.promise;
        heard.push(n);
      }
    }
    await using _ = await startService(broker.bus, [Notices]);
    for (let n = 0; n < 3_000; n += 1) broker.bus.notify(tick('flood', n));
    await broker.bus.connection.flush();
    release.resolve();
    await until(() => heard.at(-1) === 2_999);
    expect(heard).toHaveLength(1_001);
    expect(heard[0]).toBe(0);
  });
});
