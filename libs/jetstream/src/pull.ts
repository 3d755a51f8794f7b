import { createInbox, type Msg } from '@nats-io/transport-node';
import { within } from './bus.ts';
import type { Link } from './connection.ts';
import { type Delivery, deliveryOf } from './delivery.ts';
import type { BusLogger } from './logger.ts';

/** One worker's way to the messages of a durable consumer: it has one request for one message outstanding. */
export interface Pull {
  /** The next message, however long it takes; undefined after `stop`. */
  next(): Promise<Delivery | undefined>;
  /** Asks for no more. A message that was on its way already is still given out. */
  stop(): Promise<void>;
}

const expiresMs = 30_000;
const heartbeatMs = 1_000;
/** A request that has been silent for longer than this is given up and made again. */
const silenceMs = 2_500;
const retryMs = 250;
const stopMs = 1_000;
const nanosPerMs = 1_000_000;

/**
 * The client's own `next()` subscribes and unsubscribes for each message, loses one that is on its way when it is closed,
 * and can wait for 30 s after a restart of the server. This one keeps its subscription, lets it run dry at the end, and
 * asks again as soon as the connection is back.
 */
export const openPull = (link: Link, stream: string, durable: string, logger: BusLogger): Pull => {
  const { connection } = link;
  const inbox = createInbox();
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
  const want = JSON.stringify({
    batch: 1,
    expires: expiresMs * nanosPerMs,
    idle_heartbeat: heartbeatMs * nanosPerMs,
  });
  const arrived: Delivery[] = [];
  let waiting: ((delivery: Delivery | undefined) => void) | undefined;
  let stopped = false;
  let requests = 0;
  let heardAt = 0;
  let complaint = '';

  const request = () => {
    if (!waiting || stopped || !link.isUp()) return;
    requests += 1;
    heardAt = performance.now();
    connection.publish(next, want, { reply: `${inbox}.${requests}` });
  };
  const give = (delivery: Delivery | undefined) => {
    const taker = waiting;
    waiting = undefined;
    if (taker) taker(delivery);
    else if (delivery) arrived.push(delivery);
  };
  const status = (message: Msg) => {
    const code = message.headers?.code ?? 0;
    if (code === 100 || message.subject !== `${inbox}.${requests}`) return;
    if (code === 408 || code === 404) return request();
    const found = `${code} ${message.headers?.description ?? ''}`.trim();
    if (found !== complaint)
      logger.warn({ stream, durable, status: found }, 'bus: the server gives no messages, asking on');
    complaint = found;
    setTimeout(request, retryMs);
  };
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) return logger.error({ stream, durable, error: error.message }, 'bus: messages cannot be received');
      heardAt = performance.now();
      if (message.subject.startsWith(inbox)) return status(message);
      complaint = '';
      give(deliveryOf(link, message));
    },
  });
  const forget = link.onState((state) => {
    if (state === 'up') request();
  });
  const watchdog = setInterval(() => {
    if (waiting && performance.now() - heardAt > silenceMs) request();
  }, heartbeatMs / 2);

  return {
    next: () => {
      const delivery = arrived.shift();
      if (delivery || stopped) return Promise.resolve(delivery);
      return new Promise((resolve) => {
        waiting = resolve;
        request();
      });
    },
    stop: async () => {
      stopped = true;
      forget();
      clearInterval(watchdog);
      if (link.isUp() && !connection.isClosed()) await within(stopMs, subscription.drain());
      subscription.unsubscribe();
      for (const delivery of arrived.splice(0)) delivery.nak(0);
      give(undefined);
    },
  };
};
