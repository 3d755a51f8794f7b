import { randomUUID } from 'node:crypto';
import type { RpcDefinition, UnixMs } from '@bot-core/events';
import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import { type Bus, within } from './bus.ts';
import type { MessageContext } from './context.ts';
import { RpcRefusal } from './errors.ts';
import type { BusLogger } from './logger.ts';
import type { BusMetrics } from './metrics.ts';
import type { RunningSubscription } from './notices.ts';
import { headersOf } from './publish.ts';
import { errorHeader } from './request.ts';

/** As many are answered at once; the asker of one more is told to come again. */
const atOnce = 256;
const drainMs = 1_000;

/** Answers the requests of one method, sharing them with the service's other replicas. */
export const runAnswers = (
  bus: Bus,
  subject: string,
  definition: RpcDefinition<unknown, unknown>,
  call: (data: unknown, context: MessageContext) => Promise<unknown>,
  logger: BusLogger,
  metrics: BusMetrics,
): RunningSubscription => {
  const answering = new Set<Promise<void>>();

  const answer = async (message: Msg): Promise<unknown> => {
    if (answering.size > atOnce)
      throw new RpcRefusal('busy', `${subject}: ${atOnce} requests are being answered. Ask again.`);
    const request = definition.request.safeParse(jsonOf(message));
    if (!request.success)
      throw new RpcRefusal('invalid-request', `${subject}: the request is invalid: ${z.prettifyError(request.error)}`);
    const id = randomUUID();
    const time = Date.now() as UnixMs;
    const response = await call(request.data, {
      id,
      subject,
      time,
      correlationId: id,
      causationId: id,
      deliveryCount: 1,
    });
    return definition.response.parse(response);
  };

  const reply = async (message: Msg): Promise<void> => {
    const startedAt = performance.now();
    try {
      const response = await answer(message);
      message.respond(JSON.stringify(response));
      metrics.count(subject, 'handled', (performance.now() - startedAt) / 1_000);
    } catch (error) {
      const expected = error instanceof RpcRefusal;
      if (!expected) logger.error({ subject, error: describe(error) }, 'bus: request failed');
      // What an unexpected error says is for the log, not for whoever asked.
      const refusal = expected
        ? error
        : new RpcRefusal('internal', `${subject}: failed. See the log of ${definition.service}.`);
      const body = JSON.stringify({ code: refusal.code, message: refusal.message });
      message.respond(body, { headers: headersOf({ [errorHeader]: refusal.code }) });
      metrics.count(subject, expected ? 'refused' : 'failed');
    }
  };

  const subscription = bus.connection.subscribe(subject, {
    queue: definition.service,
    callback: (error, message) => {
      if (error) return logger.error({ subject, error: error.message }, 'bus: requests cannot be received');
      const replied = reply(message);
      answering.add(replied);
      void replied.finally(() => answering.delete(replied));
    },
  });
  return {
    stop: async () => {
      if (bus.link.isUp()) await within(drainMs, subscription.drain());
      subscription.unsubscribe();
      await Promise.all(answering);
    },
  };
};

const jsonOf = (message: Msg): unknown => {
  try {
    return message.json();
  } catch {
    return undefined;
  }
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
