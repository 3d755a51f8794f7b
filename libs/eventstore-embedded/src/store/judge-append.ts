import { NO_EVENTS, TOMBSTONE_REVISION, type Expected } from './types.ts';

/** What is known of a stream when an append to it is judged. */
export interface StreamFacts {
  /** The last revision, {@link NO_EVENTS} or {@link TOMBSTONE_REVISION}. */
  head: bigint;
  softDeleted: boolean;
  /** Somebody wrote metadata for it. */
  hasMetadata: boolean;
  /** The id of the event at `revision`, if there is one. */
  idAt(revision: bigint): string | undefined;
  /** Where in this stream an event with this id is, if anywhere. */
  revisionOf(id: string): bigint | undefined;
}

export type Verdict =
  | { kind: 'append' }
  /** These very events are there already; the last of them is at `revision`. */
  | { kind: 'idempotent'; revision: bigint }
  | { kind: 'wrong-expected-version' }
  | { kind: 'stream-deleted' };

/** Whether events with these ids may be appended to a stream by someone who expects it to be at `expected`. */
export function judgeAppend(expected: Expected, ids: readonly string[], stream: StreamFacts): Verdict {
  if (stream.head === TOMBSTONE_REVISION) return { kind: 'stream-deleted' };
  if (expected === 'any') return judgeById(ids, stream);
  if (expected === 'stream-exists') {
    if (stream.softDeleted) return { kind: 'stream-deleted' };
    if (stream.head === NO_EVENTS && !stream.hasMetadata) return { kind: 'wrong-expected-version' };
    return judgeById(ids, stream);
  }
  return judgeByRevision(expected === 'no-stream' ? NO_EVENTS : expected, ids, stream);
}

/** Without a revision to go by, the event ids tell a retry from a new append. */
function judgeById(ids: readonly string[], stream: StreamFacts): Verdict {
  const [first, ...rest] = ids;
  if (first === undefined) return { kind: 'append' };
  let revision = stream.revisionOf(first);
  if (revision === undefined) return { kind: 'append' };
  for (const id of rest) {
    revision += 1n;
    if (stream.idAt(revision) !== id) return { kind: 'wrong-expected-version' };
  }
  return { kind: 'idempotent', revision };
}

function judgeByRevision(expected: bigint, ids: readonly string[], stream: StreamFacts): Verdict {
  if (expected > stream.head) return { kind: 'wrong-expected-version' };
  if (expected === stream.head) return { kind: 'append' };
  let revision = expected;
  for (const id of ids) {
    revision += 1n;
    if (stream.idAt(revision) === id) continue;
    const isFirst = revision === expected + 1n;
    // A soft-deleted stream counts as one that isn't there.
    if (isFirst && expected === NO_EVENTS && stream.softDeleted) return { kind: 'append' };
    return { kind: 'wrong-expected-version' };
  }
  return { kind: 'idempotent', revision };
}
