import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Metrics } from '../metrics.ts';
import type { EventLog } from '../store/event-log.ts';
import type { AppendOutcome, Expected, ProposedEvent } from '../store/types.ts';
import type { Writer } from '../store/writer.ts';
import { MAX_APPEND_BYTES } from './errors.ts';

export interface AppendContext {
  log: EventLog;
  writer: Writer;
  metrics: Metrics;
}

type Proposed = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

/** Events gathered for one append, and how large they have become. */
export class Proposal {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[] = [];
  #bytes = 0;

  constructor(stream: string, expected: Expected) {
    this.stream = stream;
    this.expected = expected;
  }

  /** Takes an event in. @returns whether the append is still small enough. */
  add(message: Proposed): boolean {
    const fields = message.getMetadataMap();
    const event: ProposedEvent = {
      id: uuidOf(message.getId()),
      type: fields.get('type') ?? '',
      contentType: fields.get('content-type') ?? 'application/octet-stream',
      data: message.getData_asU8(),
      metadata: message.getCustomMetadata_asU8(),
    };
    this.events.push(event);
    this.#bytes += event.data.length + event.metadata.length + 2 * event.type.length;
    return this.#bytes <= MAX_APPEND_BYTES;
  }
}

/** Stores a proposal with the next sync. */
export const write = async ({ log, writer, metrics }: AppendContext, proposal: Proposal): Promise<AppendOutcome> => {
  const started = performance.now();
  const before = log.head;
  const outcome = await writer.submit(() => log.append(proposal.stream, proposal.events, proposal.expected));
  const stored = outcome.kind === 'appended' && outcome.position !== undefined && outcome.position > before;
  metrics.appended(stored ? proposal.events.length : 0, outcome.kind, (performance.now() - started) / 1_000);
  return outcome;
};

/** A UUID as text, lower case, from either of the protocol's two forms. */
export function uuidOf(uuid: UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (!structured) return (uuid?.getString() ?? '').toLowerCase();
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
