import { Metadata, status as code, type ServiceError } from '@grpc/grpc-js';
import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb.js';
import type { Expected } from '../store/types.ts';

/** The largest append, in bytes: the server's default `MaxAppendSize`. */
export const MAX_APPEND_BYTES = 1_048_576;

/** An error as the protocol wants it: a status, and trailers that say which exception it was. */
export function grpcError(status: code, details: string, trailers: Record<string, string> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code: status, details, metadata });
}

export const streamDeleted = (stream: string): ServiceError =>
  grpcError(code.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const wrongExpectedVersion = (what: string, stream: string, expected: Expected, current: bigint): ServiceError =>
  grpcError(
    code.FAILED_PRECONDITION,
    `${what} failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${versionOf(expected)}, Actual version: ${current}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(versionOf(expected)),
      'actual-version': String(current),
    },
  );

export const appendTooLarge = (): ServiceError =>
  grpcError(code.INVALID_ARGUMENT, `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });

export const invalidArgument = (details: string): ServiceError => grpcError(code.INVALID_ARGUMENT, details);

/** A defect or a failing disk: the client may try again. */
export const internalError = (error: unknown): ServiceError =>
  grpcError(code.UNAVAILABLE, `event store: ${error instanceof Error ? error.message : String(error)}`);

/** The numbers by which the server names expectations. */
export function versionOf(expected: Expected): bigint {
  switch (expected) {
    case 'any':
      return -2n;
    case 'no-stream':
      return -1n;
    case 'stream-exists':
      return -4n;
    default:
      return expected;
  }
}

/** The expectation in a request of any kind. */
export function expectedOf(options: {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
  getRevision?(): string;
  getStreamPosition?(): string;
}): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream-exists';
  return BigInt(options.getRevision?.() ?? options.getStreamPosition?.() ?? '0');
}

/** The stream's name in a request, undefined where there is none. */
export function streamNameOf(identifier: StreamIdentifier | undefined): string | undefined {
  const name = identifier && Buffer.from(identifier.getStreamName_asU8()).toString('utf8');
  return name ? name : undefined;
}
