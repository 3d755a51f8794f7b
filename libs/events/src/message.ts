import { z } from 'zod';
import { traceparentOf } from './ids.ts';
import type { UnixMs } from './values.ts';

/** What a kind of message on the bus is called, how it is versioned, and what its data must look like. */
export interface MessageDefinition<Data = unknown> {
  readonly type: string;
  /** Raised when the data changes in a way that an older reader would misunderstand. */
  readonly version: number;
  readonly schema: z.ZodType<Data>;
  readonly description: string;
}
export type DataOf<D extends { readonly schema: z.ZodType }> = z.infer<D['schema']>;

export const messageDefinition = <Shape extends z.ZodRawShape>(
  type: string,
  version: number,
  description: string,
  shape: Shape,
) => ({ type, version, description, schema: z.strictObject(shape) }) as const;

/** A CloudEvents 1.0 message. `id` is derived from what the message stands for and doubles as the dedupe id. */
export interface Message<Data = unknown> {
  readonly id: string;
  readonly definition: MessageDefinition<Data>;
  /** The service that made it, such as `ingest`. */
  readonly source: string;
  /** When it happened, by the exchange's clock. Consumers take this as their `now`. */
  readonly time: UnixMs;
  /** The bus subject it is published on. */
  readonly subject: string;
  /** The id of the message that started the chain; its own id where it is the first. */
  readonly correlationId: string;
  /** The id of the message that directly caused this one; its own id where it is the first. */
  readonly causationId: string;
  readonly data: Data;
}

/** A message as it was received: its data is checked against the schema before anybody sees it. */
export type ReceivedMessage<Data = unknown> = Omit<Message<Data>, 'definition'> & { readonly type: string };

export type DecodeErrorReason = 'missing-header' | 'unknown-type' | 'unknown-version' | 'not-json' | 'schema-mismatch';

/** A message that no retry will make readable. */
export class UndecodableMessage extends Error {
  readonly code = 'undecodable-message';
  readonly reason: DecodeErrorReason;
  constructor(reason: DecodeErrorReason, detail: string) {
    super(`events: undecodable message (${reason}): ${detail}`);
    this.name = 'UndecodableMessage';
    this.reason = reason;
  }
}

export type Headers = Readonly<Record<string, string>>;

const ceType = (definition: MessageDefinition) => `botcore.${definition.type}.v${definition.version}`;

/** CloudEvents binary mode: attributes as headers, JSON as payload. @throws {z.ZodError} when `data` breaks its schema. */
export const encodeMessage = <Data>(message: Message<Data>): { headers: Headers; payload: string } => ({
  headers: {
    'ce-specversion': '1.0',
    'ce-id': message.id,
    'ce-type': ceType(message.definition),
    'ce-source': message.source,
    'ce-time': new Date(message.time).toISOString(),
    'ce-subject': message.subject,
    'ce-correlationid': message.correlationId,
    'ce-causationid': message.causationId,
    'content-type': 'application/json',
    traceparent: traceparentOf(message.correlationId, message.id),
  },
  payload: JSON.stringify(message.definition.schema.parse(message.data)),
});

/** @throws {UndecodableMessage} when headers are missing, the type or version is not among `definitions`, or the data breaks its schema. */
export const decodeMessage = <Data>(
  headers: (name: string) => string | undefined,
  payload: string,
  definitions: readonly MessageDefinition<Data>[],
): ReceivedMessage<Data> => {
  const header = (name: string): string => {
    const value = headers(name);
    if (!value) throw new UndecodableMessage('missing-header', `header ${name} is missing`);
    return value;
  };
  const type = header('ce-type');
  const definition = definitions.find((candidate) => ceType(candidate) === type);
  if (!definition) {
    const family = type.replace(/\.v\d+$/, '');
    const sameType = definitions.some((candidate) => `botcore.${candidate.type}` === family);
    throw new UndecodableMessage(
      sameType ? 'unknown-version' : 'unknown-type',
      `${type}; known here: ${definitions.map(ceType).join(', ')}`,
    );
  }
  const time = Date.parse(header('ce-time'));
  if (Number.isNaN(time)) throw new UndecodableMessage('missing-header', `ce-time "${headers('ce-time')}" is no time`);
  return {
    id: header('ce-id'),
    type: definition.type,
    source: header('ce-source'),
    time: time as UnixMs,
    subject: header('ce-subject'),
    correlationId: header('ce-correlationid'),
    causationId: header('ce-causationid'),
    data: parseData(definition, payload),
  };
};

const parseData = <Data>(definition: MessageDefinition<Data>, payload: string): Data => {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch (error) {
    throw new UndecodableMessage('not-json', `${ceType(definition)}: ${(error as Error).message}`);
  }
  const parsed = definition.schema.safeParse(json);
  if (!parsed.success)
    throw new UndecodableMessage('schema-mismatch', `${ceType(definition)}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
