import { UndecodableMessage } from '@bot-core/events';
import type { Bus } from './bus.ts';
import { contextOf, type MessageContext } from './context.ts';
import { deadLetter, type DeadLetterReason } from './dead-letter.ts';
import type { StoredOptions } from './decorators.ts';
import type { Delivery } from './delivery.ts';
import { Poison, Unavailable } from './errors.ts';
import { decodeStored } from './history.ts';
import type { BusLogger } from './logger.ts';
import type { BusMetrics } from './metrics.ts';
import { bySpecificity, matches } from './pattern.ts';
import { openPull } from './pull.ts';

export interface Route {
  readonly pattern: string;
  readonly options: StoredOptions;
  call(data: unknown, context: MessageContext): Promise<unknown>;
}

export interface ConsumerSettings {
  readonly bus: Bus;
  readonly logger: BusLogger;
  readonly metrics: BusMetrics;
  /** How long one handler may keep its message from being delivered again. */
  readonly maxWorkingMs: number;
  /** Wait for the server's word on each acknowledgement: a quarter of the throughput, fewer repeats after a crash. */
  readonly confirmAcks: boolean;
}

/** The workers of one durable consumer. */
export interface RunningConsumer {
  /** Asks for no more messages. Resolves when the last handler has finished and its message is answered. */
  stop(): Promise<void>;
}

const defaultMaxDeliver = 20;
const firstBackoffMs = 100;
const longestBackoffMs = 30_000;
const backoffMs = (attempt: number): number =>
  Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempt - 1, 20));

/** @param ackWaitMs the consumer's own `ack_wait`, as the server told it. */
export const runConsumer = (
  settings: ConsumerSettings,
  stream: string,
  durable: string,
  routes: readonly Route[],
  ackWaitMs: number,
): RunningConsumer => {
  const sorted = routes.toSorted((one, other) => bySpecificity(one.pattern, other.pattern));
  const workers = Math.max(...routes.map(({ options }) => options.workers ?? 1));
  const pulls = Array.from({ length: workers }, () => openPull(settings.bus.link, stream, durable, settings.logger));
  const handle = handlerOf(settings, durable, sorted, ackWaitMs);
  const running = pulls.map(async (pull) => {
    for (let delivery = await pull.next(); delivery; delivery = await pull.next()) await handle(delivery);
  });
  return {
    stop: async () => {
      await Promise.all(pulls.map((pull) => pull.stop()));
      await Promise.all(running);
    },
  };
};

const handlerOf = (settings: ConsumerSettings, durable: string, routes: readonly Route[], ackWaitMs: number) => {
  const { bus, logger, metrics, confirmAcks } = settings;
  /** By stream sequence: deliveries that were spent waiting for something that was down. */
  const excused = new Map<number, number>();

  const bury = async (delivery: Delivery, reason: DeadLetterReason, detail: string) => {
    const { stream, sequence, subject, deliveryCount } = delivery;
    const place = { durable, stream, sequence, subject, deliveryCount, reason, detail };
    try {
      await deadLetter(bus, durable, delivery, reason, detail);
    } catch (error) {
      logger.error(
        { ...place, error: (error as Error).message },
        'bus: not dead-lettered, the message will come again',
      );
      delivery.nak(longestBackoffMs);
      return metrics.count(durable, 'failed');
    }
    logger.error(place, 'bus: message dead-lettered');
    delivery.term(`${reason}: ${detail}`);
    excused.delete(sequence);
    metrics.count(durable, 'dead-lettered');
  };

  const fail = async (delivery: Delivery, maxDeliver: number, error: unknown) => {
    const { stream, sequence, subject, deliveryCount } = delivery;
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (error instanceof Poison) return bury(delivery, 'poison', detail);
    if (error instanceof Unavailable) excused.set(sequence, (excused.get(sequence) ?? 0) + 1);
    const attempts = deliveryCount - (excused.get(sequence) ?? 0);
    if (attempts >= maxDeliver && !(error instanceof Unavailable)) return bury(delivery, 'too-many-attempts', detail);
    const delayMs = backoffMs(deliveryCount);
    logger.warn(
      { durable, stream, sequence, subject, deliveryCount, delayMs, error: detail },
      'bus: handler failed, again later',
    );
    delivery.nak(delayMs);
    metrics.count(durable, 'failed');
  };

  const attempt = async (delivery: Delivery): Promise<void> => {
    const { subject, stream, sequence, deliveryCount } = delivery;
    const route = routes.find(({ pattern }) => matches(pattern, subject));
    if (!route) return bury(delivery, 'no-handler', `no handler of ${durable} takes ${subject}`);
    const startedAt = performance.now();
    try {
      const message = decodeStored(delivery, route.options.definitions);
      await route.call(message.data, contextOf(message, { subject, stream, sequence, deliveryCount }));
    } catch (error) {
      if (error instanceof UndecodableMessage) return bury(delivery, 'undecodable', error.message);
      return fail(delivery, route.options.maxDeliver ?? defaultMaxDeliver, error);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    if (confirmAcks) await delivery.ackConfirmed().catch(() => delivery.ack());
    else delivery.ack();
    excused.delete(sequence);
    metrics.count(durable, 'handled', seconds);
  };

  return async (delivery: Delivery): Promise<void> => {
    const stopWorking = keepWorking(delivery, ackWaitMs, settings.maxWorkingMs, () => {
      const { stream, sequence, subject } = delivery;
      const details = { durable, stream, sequence, subject, maxWorkingMs: settings.maxWorkingMs };
      logger.error(details, 'bus: handler takes too long, its message will be delivered again');
    });
    await attempt(delivery).finally(stopWorking);
  };
};

const keepWorking = (delivery: Delivery, ackWaitMs: number, maxMs: number, onCap: () => void): (() => void) => {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - startedAt < maxMs) return delivery.working();
    clearInterval(timer);
    onCap();
  }, ackWaitMs / 3);
  return () => clearInterval(timer);
};
