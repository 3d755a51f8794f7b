import { RpcError, type RpcDefinition, subjects } from '@bot-core/events';
import { errors, type Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Link } from './connection.ts';
import { RpcFailure } from './errors.ts';

/** Set on an answer that is an error. */
export const errorHeader = 'rpc-error';
const defaultTimeoutMs = 5_000;

export interface RequestOptions {
  /** How long the answer may take, in milliseconds. A timeout does not say whether the thing was done. */
  readonly timeoutMs?: number;
}

/** Asks one of the service's replicas. Request and answer are checked at both ends. @throws {RpcFailure} */
export const ask = async <Request, Response>(
  link: Link,
  definition: RpcDefinition<Request, Response>,
  request: Request,
  { timeoutMs = defaultTimeoutMs }: RequestOptions = {},
): Promise<Response> => {
  const subject = subjects.rpc(definition.service, definition.method);
  const checked = definition.request.safeParse(request);
  if (!checked.success)
    throw new RpcFailure('invalid-request', `${subject}: the request is invalid: ${z.prettifyError(checked.error)}`);
  const payload = JSON.stringify(checked.data);
  const answer = await link.connection.request(subject, payload, { timeout: timeoutMs }).catch((error: unknown) => {
    throw failureOf(subject, definition.service, timeoutMs, error as Error, link);
  });
  return read(subject, definition, answer);
};

const read = <Response>(
  subject: string,
  definition: RpcDefinition<never, Response> | RpcDefinition<unknown, Response>,
  answer: Msg,
): Response => {
  const json = parse(answer);
  if (answer.headers?.has(errorHeader)) {
    const error = RpcError.safeParse(json);
    if (error.success) throw new RpcFailure(error.data.code, error.data.message);
  }
  const response = definition.response.safeParse(json);
  if (response.success) return response.data;
  throw new RpcFailure('invalid-response', `${subject}: the answer is invalid: ${z.prettifyError(response.error)}`);
};

const parse = (answer: Msg): unknown => {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
};

const failureOf = (subject: string, service: string, timeoutMs: number, error: Error, link: Link): RpcFailure => {
  const request = error instanceof errors.RequestError ? error : undefined;
  if (error instanceof errors.NoRespondersError || request?.isNoResponders())
    return new RpcFailure('no-responders', `${subject}: nobody answers. Is ${service} running?`, { cause: error });
  if (error instanceof errors.TimeoutError || error.cause instanceof errors.TimeoutError) {
    const code = link.isUp() ? 'timeout' : 'disconnected';
    const why = link.isUp() ? 'no answer' : 'the bus is disconnected, no answer';
    return new RpcFailure(code, `${subject}: ${why} within ${timeoutMs} ms. It may have been done.`, { cause: error });
  }
  return new RpcFailure('disconnected', `${subject}: could not be asked: ${error.message}`, { cause: error });
};
