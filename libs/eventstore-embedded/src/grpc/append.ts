import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { NO_EVENTS, type AppendOutcome, type Expected } from '../store/types.ts';
import { appendTooLarge, expectedOf, internalError, invalidArgument, streamDeleted, streamNameOf } from './errors.ts';
import { Proposal, write, type AppendContext } from './proposal.ts';
import { empty, streams } from './protocol.ts';

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
