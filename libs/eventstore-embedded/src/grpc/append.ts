import type { sendUnaryData, ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { EventLog } from '../store/event-log.ts';
import { NO_EVENTS, type AppendOutcome, type Expected, type ProposedEvent } from '../store/types.ts';
import type { Writer } from '../store/writer.ts';
import type { Metrics } from '../metrics.ts';
import {
  appendTooLarge,
  expectedOf,
  internalError,
  invalidArgument,
  MAX_APPEND_BYTES,
  streamDeleted,
  streamNameOf,
} from './errors.ts';
import { empty, googleEmpty, packAny, shared, status, streams } from './protocol.ts';

export interface AppendContext {
  log: EventLog;
  writer: Writer;
  metrics: Metrics;
}

type Proposed = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

/** Events gathered for one append, and how large they have become. */
class Proposal {
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

const write = async ({ log, writer, metrics }: AppendContext, proposal: Proposal): Promise<AppendOutcome> => {
  const started = performance.now();
  const before = log.head;
  const outcome = await writer.submit(() => log.append(proposal.stream, proposal.events, proposal.expected));
  const stored = outcome.kind === 'appended' && outcome.position !== undefined && outcome.position > before;
  metrics.appended(stored ? proposal.events.length : 0, outcome.kind, (performance.now() - started) / 1_000);
  return outcome;
};

/** `Append`: one append per call. */
export const append =
  (context: AppendContext) =>
  (call: ServerReadableStream<AppendReq, AppendResp>, reply: sendUnaryData<AppendResp>): void => {
    let proposal: Proposal | undefined;
    let answered = false;
    const answer: sendUnaryData<AppendResp> = (...args) => {
      if (answered) return;
      answered = true;
      reply(...args);
    };
    call.on('data', (request: AppendReq) => {
      if (answered) return;
      const options = request.getOptions();
      if (options) {
        const stream = streamNameOf(options.getStreamIdentifier());
        if (stream === undefined) answer(invalidArgument("Required field 'stream_identifier' is missing."));
        else proposal = new Proposal(stream, expectedOf(options));
        return;
      }
      const message = request.getProposedMessage();
      if (!message || !proposal) return answer(invalidArgument('An append begins with its options.'));
      if (!proposal.add(message)) answer(appendTooLarge());
    });
    call.on('error', () => (answered = true));
    call.on('end', () => {
      if (answered || !proposal) return answer(invalidArgument('An append begins with its options.'));
      const { stream, expected } = proposal;
      const deadline = Number(call.getDeadline());
      if (call.cancelled || deadline <= Date.now()) return;
      write(context, proposal).then(
        (outcome) => {
          if (outcome.kind === 'stream-deleted') answer(streamDeleted(stream));
          else answer(null, appendAnswer(outcome, expected));
        },
        (error: unknown) => answer(internalError(error)),
      );
    });
  };

function appendAnswer(outcome: Exclude<AppendOutcome, { kind: 'stream-deleted' }>, expected: Expected): AppendResp {
  const response = new streams.AppendResp();
  if (outcome.kind === 'appended') {
    const success = new streams.AppendResp.Success();
    if (outcome.revision === NO_EVENTS) success.setNoStream(empty());
    else success.setCurrentRevision(String(outcome.revision));
    if (outcome.position === undefined) return response.setSuccess(success.setNoPosition(empty()));
    const position = new streams.AppendResp.Position();
    position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    return response.setSuccess(success.setPosition(position));
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (outcome.current === NO_EVENTS) wrong.setCurrentNoStream(empty());
  else wrong.setCurrentRevision(String(outcome.current));
  if (expected === 'any') wrong.setExpectedAny(empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(empty());
  else wrong.setExpectedRevision(String(expected));
  return response.setWrongExpectedVersion(wrong);
}

/** One append of a `BatchAppend` call that has not got all its chunks yet. */
interface Pending {
  proposal: Proposal;
  options: BatchAppendReq.Options;
  timer: NodeJS.Timeout;
  /** Unix milliseconds. */
  deadline: number;
}

/** `BatchAppend`: any number of appends on one call, each answered exactly once, by its correlation id. */
export const batchAppend =
  (context: AppendContext) =>
  (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
    const pending = new Map<string, Pending>();
    const unanswered = new Set<Promise<void>>();

    const send = (
      correlationId: string,
      options: BatchAppendReq.Options | undefined,
      fill: (response: BatchAppendResp) => void,
    ): void => {
      if (call.cancelled || call.writableEnded) return;
      const response = new streams.BatchAppendResp().setCorrelationId(new shared.UUID().setString(correlationId));
      if (options) {
        response.setStreamIdentifier(options.getStreamIdentifier());
        if (options.hasNoStream()) response.setNoStream(googleEmpty());
        else if (options.hasAny()) response.setAny(googleEmpty());
        else if (options.hasStreamExists()) response.setStreamExists(googleEmpty());
        else response.setStreamPosition(options.getStreamPosition());
      }
      fill(response);
      call.write(response);
    };
    /** Ends a pending append early. What still comes of it is dropped, for nothing is pending under its id. */
    const refuse = (
      correlationId: string,
      options: BatchAppendReq.Options | undefined,
      error: InstanceType<typeof status.Status>,
    ): void => {
      clearTimeout(pending.get(correlationId)?.timer);
      pending.delete(correlationId);
      send(correlationId, options, (response) => response.setError(error));
    };

    call.on('data', (request: BatchAppendReq) => {
      const correlationId = uuidOf(request.getCorrelationId());
      const options = request.getOptions();
      if (options && !pending.has(correlationId)) {
        const stream = streamNameOf(options.getStreamIdentifier());
        if (stream === undefined)
          return refuse(correlationId, options, badRequest("Required field 'stream_identifier' is missing."));
        const deadline = deadlineOf(options);
        const expire = (): void => refuse(correlationId, options, timedOut());
        if (deadline <= Date.now()) return expire();
        const timer = setTimeout(expire, Math.min(deadline - Date.now(), 2 ** 31 - 1));
        pending.set(correlationId, { proposal: new Proposal(stream, expectedOf(options)), options, timer, deadline });
      }
      const entry = pending.get(correlationId);
      if (!entry) return;
      for (const message of request.getProposedMessagesList()) {
        if (!entry.proposal.add(message)) return refuse(correlationId, entry.options, tooLarge());
      }
      if (!request.getIsFinal()) return;
      clearTimeout(entry.timer);
      pending.delete(correlationId);
      const done = write(context, entry.proposal)
        .then(
          (outcome) =>
            send(correlationId, entry.options, (response) => void fillAnswer(response, outcome, entry.proposal)),
          (error: unknown) => send(correlationId, entry.options, (response) => response.setError(failed(error))),
        )
        .finally(() => unanswered.delete(done));
      unanswered.add(done);
    });
    const stop = (): void => {
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
    };
    call.on('error', stop);
    call.on('cancelled', stop);
    call.on('end', () => {
      stop();
      void Promise.allSettled(unanswered).then(() => call.end());
    });
  };

function fillAnswer(response: BatchAppendResp, outcome: AppendOutcome, { stream, expected }: Proposal): void {
  switch (outcome.kind) {
    case 'appended': {
      const success = new streams.BatchAppendResp.Success();
      if (outcome.revision === NO_EVENTS) success.setNoStream(googleEmpty());
      else success.setCurrentRevision(String(outcome.revision));
      if (outcome.position === undefined) success.setNoPosition(googleEmpty());
      else {
        const position = new shared.AllStreamPosition();
        position.setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
        success.setPosition(position);
      }
      response.setSuccess(success);
      return;
    }
    case 'wrong-expected-version': {
      const wrong = new shared.WrongExpectedVersion();
      if (outcome.current === NO_EVENTS) wrong.setCurrentNoStream(googleEmpty());
      else wrong.setCurrentStreamRevision(String(outcome.current));
      if (expected === 'any') wrong.setExpectedAny(googleEmpty());
      else if (expected === 'no-stream') wrong.setExpectedNoStream(googleEmpty());
      else if (expected === 'stream-exists') wrong.setExpectedStreamExists(googleEmpty());
      else wrong.setExpectedStreamPosition(String(expected));
      const message = `Append failed due to WrongExpectedVersion. Stream: ${stream}`;
      response.setError(statusOf(9, message, wrong, 'event_store.client.WrongExpectedVersion'));
      return;
    }
    case 'stream-deleted': {
      const deleted = new shared.StreamDeleted();
      deleted.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
      response.setError(
        statusOf(9, `Event stream '${stream}' is deleted.`, deleted, 'event_store.client.StreamDeleted'),
      );
    }
  }
}

/** A `google.rpc.Status`; `code` is a gRPC status code. */
function statusOf(
  code: number,
  message: string,
  detail: { serializeBinary(): Uint8Array },
  type: string,
): InstanceType<typeof status.Status> {
  return new status.Status().setCode(code).setMessage(message).setDetails(packAny(detail, type));
}

const timedOut = (): InstanceType<typeof status.Status> =>
  statusOf(10, 'The append was not complete before its deadline.', new shared.Timeout(), 'event_store.client.Timeout');

const tooLarge = (): InstanceType<typeof status.Status> =>
  statusOf(
    3,
    `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`,
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES),
    'event_store.client.MaximumAppendSizeExceeded',
  );

const badRequest = (message: string): InstanceType<typeof status.Status> =>
  statusOf(3, message, new shared.BadRequest().setMessage(message), 'event_store.client.BadRequest');

const failed = (error: unknown): InstanceType<typeof status.Status> =>
  statusOf(
    2,
    error instanceof Error ? error.message : String(error),
    new shared.Unknown(),
    'event_store.client.Unknown',
  );

/** Unix milliseconds; without a deadline, as good as never. */
function deadlineOf(options: BatchAppendReq.Options): number {
  const deadline = options.getDeadline();
  return deadline ? deadline.getSeconds() * 1_000 + Math.floor(deadline.getNanos() / 1e6) : Number.MAX_SAFE_INTEGER;
}

/** A UUID as text, lower case, from either of the protocol's two forms. */
function uuidOf(uuid: UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (!structured) return (uuid?.getString() ?? '').toLowerCase();
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
