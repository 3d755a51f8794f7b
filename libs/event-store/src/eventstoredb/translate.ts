import { AccessDenied, AppendTooLarge, EventStoreUnavailable, StreamDeleted } from '../errors.ts';

/** What a failure of the client means here. */
export type Failure =
  /** The server never answered, or said to come again. What was asked for may have been done. */
  | { kind: 'transient'; error: EventStoreUnavailable }
  | { kind: 'wrong-revision'; actual: bigint | 'no_stream' }
  | { kind: 'stream-not-found' }
  /** Trying again would end the same way. */
  | { kind: 'final'; error: Error };

/** gRPC status codes that no retry mends. */
const FINAL_CODES = new Set([3 /* INVALID_ARGUMENT */, 11 /* OUT_OF_RANGE */, 12 /* UNIMPLEMENTED */]);

/**
 * Reads an error of the client, which may be one of its own classes (known by their `type`), a plain `Error` with a gRPC
 * code (14 when the first call finds no server), or anything.
 */
export function classify(error: unknown, what: string, stream: string): Failure {
  const { type, code, message, actualVersion, maxAppendSize } = fieldsOf(error);
  switch (type) {
    case 'wrong-expected-version':
      return { kind: 'wrong-revision', actual: typeof actualVersion === 'bigint' ? actualVersion : 'no_stream' };
    case 'stream-not-found':
      return { kind: 'stream-not-found' };
    case 'stream-deleted':
      return { kind: 'final', error: new StreamDeleted(stream) };
    case 'maximum-append-size-exceeded':
      return { kind: 'final', error: new AppendTooLarge(stream, Number(maxAppendSize)) };
    case 'access-denied':
      return { kind: 'final', error: new AccessDenied(what, { cause: error }) };
  }
  if (type === 'invalid-argument' || (typeof code === 'number' && FINAL_CODES.has(code))) {
    return { kind: 'final', error: error instanceof Error ? error : new Error(String(message)) };
  }
  return {
    kind: 'transient',
    error: new EventStoreUnavailable(what, String(message || type || error), { cause: error }),
  };
}

function fieldsOf(error: unknown): Record<'type' | 'code' | 'message' | 'actualVersion' | 'maxAppendSize', unknown> {
  const read = (key: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return {
    type: read('type'),
    code: read('code'),
    message: read('message'),
    actualVersion: read('actualVersion'),
    maxAppendSize: read('maxAppendSize'),
  };
}
