import { setTimeout as delay } from 'node:timers/promises';
import { encodeMessage, type Message } from '@bot-core/events';
import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { errors, headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { Link } from './connection.ts';
import { PublishFailed } from './errors.ts';

export interface Published {
  readonly stream: string;
  readonly sequence: number;
  /** The stream had a message with this id already and kept that one. */
  readonly duplicate: boolean;
}

export interface PublishLimits {
  /** How long one attempt waits for its acknowledgement. */
  readonly attemptMs: number;
  /** How long attempts are made in all. Less than the streams' `duplicate_window`. */
  readonly deadlineMs: number;
}
export const defaultPublishLimits: PublishLimits = { attemptMs: 2_000, deadlineMs: 30_000 };

export const headersOf = (entries: Readonly<Record<string, string>>): MsgHdrs => {
  const headers = newHeaders();
  for (const [name, value] of Object.entries(entries)) headers.set(name, value);
  return headers;
};

/** Encodes and stores a message under its id. @throws {PublishFailed} @throws {z.ZodError} when its data breaks its schema. */
export const publishMessage = <Data>(
  link: Link,
  js: JetStreamClient,
  message: Message<Data>,
  limits: PublishLimits,
): Promise<Published> => {
  const { headers, payload } = encodeMessage(message);
  return store(link, js, { subject: message.subject, id: message.id, headers: headersOf(headers), payload }, limits);
};

export interface Storable {
  readonly subject: string;
  readonly id: string;
  readonly headers: MsgHdrs;
  readonly payload: string | Uint8Array;
}

/**
 * Publishes until the server has acknowledged it or the deadline has passed, always under the same id, so that an attempt
 * that was stored unheard is dropped as a duplicate. A reconnect starts the next attempt at once.
 * @throws {PublishFailed}
 */
export const store = async (
  link: Link,
  js: JetStreamClient,
  { subject, id, headers, payload }: Storable,
  { attemptMs, deadlineMs }: PublishLimits,
): Promise<Published> => {
  const deadline = performance.now() + deadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      // What is written while the connection is down is thrown away by the client.
      if (!link.isUp() && !(await link.whenUp(Math.max(1, deadline - performance.now())))) throw new Down();
      const acknowledged = js.publish(subject, payload, { msgID: id, headers, timeout: attemptMs });
      const { stream, seq, duplicate } = await unlessInterrupted(link, acknowledged);
      return { stream, sequence: seq, duplicate };
    } catch (error) {
      const left = deadline - performance.now();
      if (!isTransient(error) || left <= 0 || link.connection.isClosed())
        throw failure(subject, id, attempt + 1, error as Error);
      if (!(error instanceof Interrupted)) await delay(Math.min(left, 50 * 2 ** Math.min(attempt, 5)));
    }
  }
};

class Interrupted extends Error {}
class Down extends Error {
  override readonly message = 'the connection is down';
}

/** Rejects when the connection has come back meanwhile: what was asked before may be lost. */
const unlessInterrupted = <Result>(link: Link, asked: Promise<Result>): Promise<Result> => {
  let forget: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    forget = link.onState((state) => {
      if (state === 'up') reject(new Interrupted('the connection was lost meanwhile'));
    });
  });
  return Promise.race([asked, interrupted]).finally(forget);
};

const isTransient = (error: unknown): boolean => {
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) return false;
  if (error instanceof JetStreamApiError) return error.status === 503 || error.status === 408;
  // What is left is our own mistake, such as a subject that is none or a message above the server's limit.
  return !(error instanceof errors.InvalidSubjectError || error instanceof errors.InvalidArgumentError);
};

const failure = (subject: string, id: string, attempts: number, cause: Error): PublishFailed => {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const hint =
    cause.name === 'JetStreamNotEnabled'
      ? `no stream takes this subject. Apply infra/nats (npm run nats:apply).`
      : cause.message;
  return new PublishFailed(`jetstream: message ${id} on ${subject} was not acknowledged, tried ${times}: ${hint}`, {
    cause,
  });
};
