import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';
import { contextOf, type MessageContext } from './context.ts';
import type { NoticeOptions } from './decorators.ts';
import { decodeStored } from './history.ts';
import type { BusLogger } from './logger.ts';
import type { BusMetrics } from './metrics.ts';

export interface RunningSubscription {
  stop(): Promise<void>;
}

/** As many wait for a slow handler; then the oldest makes way for the newest. */
const waitingAtMost = 1_000;

/** Handles the notices of one pattern one after the other. */
export const runNotices = (
  bus: Bus,
  pattern: string,
  { definitions }: NoticeOptions,
  call: (data: unknown, context: MessageContext) => Promise<unknown>,
  logger: BusLogger,
  metrics: BusMetrics,
): RunningSubscription => {
  const waiting: Msg[] = [];
  let busy: Promise<void> | undefined;
  const work = async () => {
    for (let message = waiting.shift(); message; message = waiting.shift()) {
      const { subject, headers, data } = message;
      const startedAt = performance.now();
      try {
        const notice = decodeStored({ headers, data }, definitions);
        await call(notice.data, contextOf(notice, { subject, deliveryCount: 1 }));
        metrics.count(pattern, 'handled', (performance.now() - startedAt) / 1_000);
      } catch (error) {
        logger.warn({ pattern, subject, error: (error as Error).message }, 'bus: notice not handled');
        metrics.count(pattern, 'failed');
      }
    }
    busy = undefined;
  };
  const subscription: Subscription = bus.connection.subscribe(pattern, {
    callback: (error, message) => {
      if (error) return logger.error({ pattern, error: error.message }, 'bus: notices cannot be received');
      waiting.push(message);
      if (waiting.length > waitingAtMost) {
        waiting.shift();
        metrics.count(pattern, 'dropped');
      }
      busy ??= work();
    },
  });
  return {
    stop: async () => {
      subscription.unsubscribe();
      waiting.length = 0;
      await busy;
    },
  };
};
