import type { ExpectedRevision } from './port.ts';

/** Somebody else appended first: read the stream again and decide again. */
export class RevisionConflict extends Error {
  readonly code = 'revision-conflict';
  readonly stream: string;
  readonly expected: ExpectedRevision;
  /** The stream's revision at that time; `'no-stream'` where it had no events. */
  readonly actual: number | 'no-stream';

  constructor(stream: string, expected: ExpectedRevision, actual: number | 'no-stream') {
    super(
      `event store: append to ${stream} refused: expected revision ${expected}, it is at ${actual}. Read it again and decide again.`,
    );
    this.name = 'RevisionConflict';
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** An event that can't be stored as it is; `path` says what in it, like `events[0].data.price`. */
export class InvalidEvent extends Error {
  readonly code = 'invalid-event';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`event store: ${path} ${problem}`);
    this.name = 'InvalidEvent';
    this.path = path;
  }
}

/** An append of more bytes than the server takes at once. Split it. */
export class AppendTooLarge extends Error {
  readonly code = 'append-too-large';

  constructor(stream: string, maxBytes: number) {
    super(
      `event store: append to ${stream} refused: more than ${maxBytes} bytes at once. Append fewer or smaller events.`,
    );
    this.name = 'AppendTooLarge';
  }
}

/** The stream was ended for ever (a tombstone): it can't be read or written. */
export class StreamDeleted extends Error {
  readonly code = 'stream-deleted';
  readonly stream: string;

  constructor(stream: string) {
    super(`event store: the stream ${stream} was deleted for ever. Use another name.`);
    this.name = 'StreamDeleted';
    this.stream = stream;
  }
}

/** No answer from the server, in spite of retries. What was sent may have been done. */
export class EventStoreUnavailable extends Error {
  readonly code = 'event-store-unavailable';

  constructor(what: string, reason: string, options?: ErrorOptions) {
    super(`event store: ${what} failed: ${reason}`, options);
    this.name = 'EventStoreUnavailable';
  }
}

/** The server refuses this user. */
export class AccessDenied extends Error {
  readonly code = 'access-denied';

  constructor(what: string, options?: ErrorOptions) {
    super(`event store: ${what} refused: access denied. Check the user and password in EVENTSTORE_URL.`, options);
    this.name = 'AccessDenied';
  }
}

/** An event in the ledger that is not a JSON object, so this program did not write it. */
export class UnreadableEvent extends Error {
  readonly code = 'unreadable-event';

  constructor(stream: string, revision: number | bigint, problem: string) {
    super(`event store: event ${revision} of ${stream} can't be read: ${problem}`);
    this.name = 'UnreadableEvent';
  }
}
