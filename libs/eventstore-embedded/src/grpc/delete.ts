import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { DeleteReq, DeleteResp, TombstoneReq, TombstoneResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { EventLog } from '../store/event-log.ts';
import type { DeleteOutcome, Expected } from '../store/types.ts';
import type { Writer } from '../store/writer.ts';
import {
  expectedOf,
  internalError,
  invalidArgument,
  streamDeleted,
  streamNameOf,
  wrongExpectedVersion,
} from './errors.ts';
import { streams } from './protocol.ts';

interface DeleteContext {
  log: EventLog;
  writer: Writer;
}

/** `Delete`: hides a stream's events. */
export const softDelete =
  ({ log, writer }: DeleteContext) =>
  (call: ServerUnaryCall<DeleteReq, DeleteResp>, reply: sendUnaryData<DeleteResp>): void =>
    answer('Delete', call.request.getOptions(), reply, (stream, expected) =>
      writer
        .submit(() => log.softDelete(stream, expected))
        .then((outcome) => ({
          outcome,
          response: (position) =>
            new streams.DeleteResp().setPosition(
              new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position),
            ),
        })),
    );

/** `Tombstone`: ends a stream for ever. */
export const tombstone =
  ({ log, writer }: DeleteContext) =>
  (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, reply: sendUnaryData<TombstoneResp>): void =>
    answer('Tombstone', call.request.getOptions(), reply, (stream, expected) =>
      writer
        .submit(() => log.tombstone(stream, expected))
        .then((outcome) => ({
          outcome,
          response: (position) =>
            new streams.TombstoneResp().setPosition(
              new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position),
            ),
        })),
    );

interface Done<R> {
  outcome: DeleteOutcome;
  response: (position: string) => R;
}

function answer<R>(
  what: string,
  options: DeleteReq.Options | TombstoneReq.Options | undefined,
  reply: sendUnaryData<R>,
  run: (stream: string, expected: Expected) => Promise<Done<R>>,
): void {
  const stream = streamNameOf(options?.getStreamIdentifier());
  if (!options || stream === undefined) return reply(invalidArgument("Required field 'stream_identifier' is missing."));
  const expected = expectedOf(options);
  run(stream, expected).then(
    ({ outcome, response }) => {
      if (outcome.kind === 'deleted') return reply(null, response(String(outcome.position)));
      if (outcome.kind === 'stream-deleted') return reply(streamDeleted(stream));
      return reply(wrongExpectedVersion(what, stream, expected, outcome.current));
    },
    (error: unknown) => reply(internalError(error)),
  );
}
