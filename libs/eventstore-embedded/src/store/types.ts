/** What an appender believes about a stream: it has no events, it is at this revision, it has some, or anything goes. */
export type Expected = 'any' | 'no-stream' | 'stream-exists' | bigint;

/** An event as a client proposes it. `data` and `metadata` are opaque bytes. */
export interface ProposedEvent {
  /** UUID, lower case. */
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** An event as it lies in the log. */
export interface StoredEvent extends ProposedEvent {
  stream: string;
  /** Number within the stream, from 0 without holes; {@link TOMBSTONE_REVISION} for a tombstone. */
  revision: bigint;
  /** Place in the whole log: strictly increasing, never reused. Commit and prepare position are both this. */
  position: bigint;
  /** When the server stored it, in milliseconds since the Unix epoch. */
  createdMs: bigint;
}

/** The answer to an append. `wrong-expected-version` and `stream-deleted` wrote nothing. */
export type AppendOutcome =
  | { kind: 'appended'; revision: bigint; position: bigint | undefined }
  | { kind: 'wrong-expected-version'; current: bigint }
  | { kind: 'stream-deleted' };

/** The answer to a delete or tombstone: the position of the event that records it. */
export type DeleteOutcome =
  | { kind: 'deleted'; position: bigint }
  | { kind: 'wrong-expected-version'; current: bigint }
  | { kind: 'stream-deleted' };

/** Int64.Max: the revision of a tombstone, and the `$tb` of a soft-deleted stream. */
export const TOMBSTONE_REVISION = 9223372036854775807n;

/** The revision of a stream without events. */
export const NO_EVENTS = -1n;

/** The stream that holds another stream's metadata. */
export const metastreamOf = (stream: string): string => `$$${stream}`;

/** Whether this stream holds the metadata of another. */
export const isMetastream = (stream: string): boolean => stream.startsWith('$$');

/** The stream that a metastream speaks of. */
export const originalOf = (metastream: string): string => metastream.slice(2);
