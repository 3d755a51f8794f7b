import { type MessageDefinition, type RpcDefinition, subjects } from '@bot-core/events';
import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';

export interface StoredOptions {
  /** The durable consumer, declared in infra/nats/consumers.json. Handlers that name the same one share it. */
  readonly durable: string;
  readonly stream: string;
  /** What may come; anything else is dead-lettered. */
  readonly definitions: readonly MessageDefinition<unknown>[];
  /** How many messages of the consumer are handled at once here; 1 when left out, which keeps their order as long as none fails. */
  readonly workers?: number;
  /** Attempts before a message that keeps failing is dead-lettered; 20 when left out, which is some six minutes. */
  readonly maxDeliver?: number;
}

export interface NoticeOptions {
  readonly definitions: readonly MessageDefinition<unknown>[];
}

/** How a handler is to be fed, carried through Nest as the pattern's extras. */
export type Feed =
  | ({ readonly kind: 'stored' } & StoredOptions)
  | ({ readonly kind: 'notice' } & NoticeOptions)
  | { readonly kind: 'answers'; readonly definition: RpcDefinition<unknown, unknown> };

/** The key under which the extras carry the feed. */
export const feedKey = 'busFeed';

/** Nest's own filter replaces an error by a plain object; the strategy needs the error. */
class Rethrow implements ExceptionFilter {
  catch(exception: unknown): never {
    throw exception;
  }
}
Catch()(Rethrow);
const rethrow = UseFilters(new Rethrow());

/**
 * Handles the stored messages of a durable consumer whose subject matches `pattern` (`*` and `>` allowed). The message is
 * acknowledged after the handler has resolved. See `Poison` and `Unavailable` for what a throw does.
 */
export const OnStored = (pattern: string, options: StoredOptions): MethodDecorator =>
  applyDecorators(EventPattern<string>(pattern, { [feedKey]: { kind: 'stored', ...options } satisfies Feed }), rethrow);

/** Handles messages that are not stored. Every replica hears them; one that fails is logged and gone. */
export const OnNotice = (pattern: string, options: NoticeOptions): MethodDecorator =>
  applyDecorators(EventPattern<string>(pattern, { [feedKey]: { kind: 'notice', ...options } satisfies Feed }), rethrow);

/** Answers requests; the replicas of a service share them. Throw `RpcRefusal` for an expected refusal. */
export const Answers = <Request, Response>(definition: RpcDefinition<Request, Response>): MethodDecorator =>
  applyDecorators(
    MessagePattern(subjects.rpc(definition.service, definition.method), {
      [feedKey]: { kind: 'answers', definition: definition as RpcDefinition<unknown, unknown> } satisfies Feed,
    }),
    rethrow,
  );
