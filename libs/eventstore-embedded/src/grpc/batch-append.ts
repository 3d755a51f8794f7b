import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { NO_EVENTS, type AppendOutcome } from '../store/types.ts';
import { expectedOf, MAX_APPEND_BYTES, streamNameOf } from './errors.ts';
import { Proposal, uuidOf, write, type AppendContext } from './proposal.ts';
import { googleEmpty, packAny, shared, status, streams } from './protocol.ts';

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
