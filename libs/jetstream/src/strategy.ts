import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Registry } from 'prom-client';
import { isObservable, lastValueFrom } from 'rxjs';
import { runAnswers } from './answers.ts';
import { type Bus, within } from './bus.ts';
import { type Route, runConsumer } from './consumer.ts';
import type { MessageContext } from './context.ts';
import { type Feed, feedKey } from './decorators.ts';
import { StrategyRefused } from './errors.ts';
import { type BusLogger, silent } from './logger.ts';
import { type BusMetrics, busMetrics } from './metrics.ts';
import { runNotices, type RunningSubscription } from './notices.ts';

export interface StrategyOptions {
  /** Stays open when the strategy is closed. */
  readonly bus: Bus;
  readonly logger?: BusLogger;
  readonly metrics?: Registry;
  /** How long one handler may keep its message from being delivered again; five minutes when left out. */
  readonly maxWorkingMs?: number;
  /** Wait for the server's word on each acknowledgement. */
  readonly confirmAcks?: boolean;
  /** How long closing waits for handlers; what is unfinished then is delivered again. Ten seconds when left out. */
  readonly closeMs?: number;
}

interface Registered {
  readonly pattern: string;
  readonly feed: Feed;
  call(data: unknown, context: MessageContext): Promise<unknown>;
}

const nanosPerMs = 1_000_000;

/** Feeds Nest's handlers from durable JetStream consumers, core NATS notices and requests. */
export class JetStreamStrategy
  extends Server<{ state: (state: string, detail: string) => void }>
  implements CustomTransportStrategy
{
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: StrategyOptions;
  readonly #logger: BusLogger;
  readonly #metrics: BusMetrics;
  readonly #registered: Registered[] = [];
  readonly #faults: string[] = [];
  #running: RunningSubscription[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: StrategyOptions) {
    super();
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#metrics = busMetrics(options.metrics);
  }

  /** Nest joins handlers of one pattern silently; here each pattern of a feed has one handler, or the start is refused. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const subject = this.normalizePattern(pattern as string);
    const feed = extras[feedKey] as Feed | undefined;
    if (!feed) {
      this.#faults.push(
        `"${subject}" has no feed. Use @OnStored, @OnNotice or @Answers instead of Nest's own decorators.`,
      );
      return;
    }
    const twin = this.#registered.find((other) => other.pattern === subject && sourceOf(other.feed) === sourceOf(feed));
    if (twin) {
      this.#faults.push(`two handlers take "${subject}" from ${sourceOf(feed)}. Merge them: only one would be called.`);
      return;
    }
    callback.isEventHandler = isEventHandler;
    callback.extras = extras;
    this.messageHandlers.set(`${sourceOf(feed)} ${subject}`, callback);
    this.#registered.push({ pattern: subject, feed, call: (data, context) => settled(callback(data, context)) });
  }

  /** @throws {StrategyRefused} through the callback, with every fault at once. */
  override listen(callback: (error?: unknown) => void): void {
    this.#start().then(() => callback(), callback);
  }

  /** Stops pulling, awaits the handlers, sends their acknowledgements. A second call waits for the first. */
  override close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  override on(event: 'state', callback: (state: string, detail: string) => void): void {
    if (event === 'state') this.#options.bus.link.onState(callback);
  }

  override unwrap<T = NatsConnection>(): T {
    return this.#options.bus.connection as T;
  }

  async #start(): Promise<void> {
    const consumers = this.#consumers();
    const ackWaits = await Promise.all(
      [...consumers].map(([durable, routes]) => this.#checkedAckWait(durable, routes)),
    );
    if (this.#faults.length > 0) throw new StrategyRefused(this.#faults);
    const { bus, maxWorkingMs = 300_000, confirmAcks = false } = this.#options;
    const [logger, metrics] = [this.#logger, this.#metrics];
    const settings = { bus, logger, metrics, maxWorkingMs, confirmAcks };
    this.#running = [...consumers].map(([durable, routes], index) =>
      runConsumer(settings, streamOf(routes), durable, routes, ackWaits[index] ?? 30_000),
    );
    for (const { pattern, feed, call } of this.#registered) {
      if (feed.kind === 'notice') this.#running.push(runNotices(bus, pattern, feed, call, logger, metrics));
      if (feed.kind === 'answers') this.#running.push(runAnswers(bus, pattern, feed.definition, call, logger, metrics));
    }
    // Who is told that we are ready must be able to reach us.
    await bus.connection.flush();
  }

  #consumers(): Map<string, Route[]> {
    const consumers = new Map<string, Route[]>();
    for (const { pattern, feed, call } of this.#registered) {
      if (feed.kind !== 'stored') continue;
      const routes = consumers.get(feed.durable) ?? [];
      consumers.set(feed.durable, [...routes, { pattern, options: feed, call }]);
    }
    return consumers;
  }

  /** The consumer as the server has it, refused where it would drop messages behind our back. */
  async #checkedAckWait(durable: string, routes: readonly Route[]): Promise<number> {
    const stream = streamOf(routes);
    if (routes.some(({ options }) => options.stream !== stream))
      this.#faults.push(
        `consumer "${durable}" is named with several streams: ${routes.map(({ options }) => options.stream).join(', ')}.`,
      );
    try {
      const { config } = await this.#options.bus.jetStreamManager.consumers.info(stream, durable);
      const refuse = (why: string) => this.#faults.push(`consumer "${durable}" of stream ${stream} ${why}.`);
      if (config.ack_policy !== 'explicit') refuse(`has ack_policy ${config.ack_policy}; explicit is needed`);
      if ((config.max_deliver ?? -1) > 0)
        refuse(`has max_deliver ${config.max_deliver}; the server would drop what fails. Set -1`);
      if (config.deliver_subject) refuse('is a push consumer; a pull consumer is needed');
      return (config.ack_wait ?? 30_000 * nanosPerMs) / nanosPerMs;
    } catch (error) {
      this.#faults.push(
        `consumer "${durable}" of stream ${stream} can't be used: ${(error as Error).message}. Apply infra/nats (npm run nats:apply).`,
      );
      return 0;
    }
  }

  async #stop(): Promise<void> {
    const { bus, closeMs = 10_000 } = this.#options;
    const finished = await within(closeMs, Promise.all(this.#running.map((running) => running.stop())));
    if (!finished)
      this.#logger.error(
        { closeMs },
        'bus: closed while handlers were running; their messages will be delivered again',
      );
    if (bus.link.isUp() && !bus.connection.isClosed()) await within(2_000, bus.connection.flush());
  }
}

const sourceOf = (feed: Feed): string => (feed.kind === 'stored' ? `consumer ${feed.durable}` : `${feed.kind}`);
const streamOf = (routes: readonly Route[]): string => routes[0]?.options.stream ?? '';

/** A throwing handler *resolves* to an Observable that fails; an interceptor may make one of any result. */
const settled = async (result: unknown): Promise<unknown> => {
  const value = await result;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
};
