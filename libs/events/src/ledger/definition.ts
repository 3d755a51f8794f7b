import { z } from 'zod';

/** A kind of ledger event: its name, its current schema and the way old versions become it. */
export interface LedgerEventDefinition<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly version: number;
  readonly schema: z.ZodType<Data>;
  readonly description: string;
  /** `upcasts[v]` turns data of version v into version v + 1. Recorded events are never rewritten. */
  readonly upcasts: Readonly<Record<number, Upcast>>;
}
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;

/** What a decider produces and a projection reads. The id is derived from what the event stands for. */
export interface LedgerEvent<Type extends string = string, Data = unknown> {
  readonly id: string;
  readonly type: Type;
  readonly data: Data;
}
export type EventOf<D> = D extends LedgerEventDefinition<infer Type, infer Data> ? LedgerEvent<Type, Data> : never;

export const ledgerEvent = <Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  version: number,
  description: string,
  shape: Shape,
  upcasts: Readonly<Record<number, Upcast>> = {},
) => ({ type, version, description, schema: z.strictObject(shape), upcasts });

/** Carried by every recorded event, beside its data. */
export const LedgerMetadata = z.object({
  $correlationId: z.string().describe('The id of the message that started the chain'),
  $causationId: z.string().describe('The id of the message or command that directly caused it'),
  version: z.int().positive().describe('Schema version of the data'),
  service: z.string().describe('The service that appended it'),
  instance: z
    .string()
    .optional()
    .describe('The process that appended it, where several may write the same; another one at each start'),
  traceparent: z.string().describe('W3C trace context, derived from the correlation id'),
});
export type LedgerMetadata = z.infer<typeof LedgerMetadata>;

/** A recorded event that this build cannot read. Reading stops there: a ledger is never read with holes. */
export class UnreadableLedgerEvent extends Error {
  readonly code = 'unreadable-ledger-event';
  constructor(type: string, version: number, detail: string) {
    super(`events: ledger event ${type} v${version} cannot be read: ${detail}`);
    this.name = 'UnreadableLedgerEvent';
  }
}

/**
 * Brings recorded data to the current version and checks it.
 * @throws {UnreadableLedgerEvent} when the version is newer than this build, an upcast is missing, or the data breaks its schema.
 */
export const readLedgerData = <Type extends string, Data>(
  definition: LedgerEventDefinition<Type, Data>,
  recordedVersion: number,
  recorded: Record<string, unknown>,
): Data => {
  const { type, version, upcasts, schema } = definition;
  if (recordedVersion > version)
    throw new UnreadableLedgerEvent(type, recordedVersion, `this build knows version ${version}. Run a newer build.`);
  let data = recorded;
  for (let from = recordedVersion; from < version; from += 1) {
    const upcast = upcasts[from];
    if (!upcast) throw new UnreadableLedgerEvent(type, recordedVersion, `no upcast from version ${from}`);
    data = upcast(data);
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new UnreadableLedgerEvent(type, recordedVersion, z.prettifyError(parsed.error));
  return parsed.data;
};
