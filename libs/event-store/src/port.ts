import type { JsonObject, JsonValue } from '@bot-core/events';

export type { JsonObject, JsonValue };

/**
 * A place in the ledger as a whole. Opaque text that sorts: of two positions the later is the greater (`<` in
 * JavaScript, and in a database that compares text bytewise). Safe to store and to give back after a restart.
 */
export type Position = string & { readonly __position: unique symbol };

/** How far a subscriber has come: it goes on behind this position. */
export type Checkpoint = Position;

/**
 * What the appender believes of the stream: nothing in it, its last event has this revision, or no matter.
 * With a revision or `'no-stream'` an append may be repeated with the same ids and is stored once; with `'any'` the server
 * knows a repetition only while it is recent. Where it matters, pass a revision.
 */
export type ExpectedRevision = 'no-stream' | 'any' | number;

export interface NewEvent {
  /** A UUID. Derive it from what the event stands for: the same ids at the same place are stored once. */
  id: string;
  type: string;
  data: JsonObject;
  metadata: JsonObject;
}

export interface RecordedEvent {
  id: string;
  type: string;
  stream: string;
  /** Number within the stream, from 0. */
  revision: number;
  position: Position;
  /** When the server stored it, by the server's clock. Not for decisions: a decision takes its time from the data. */
  created: Date;
  data: JsonObject;
  metadata: JsonObject;
}

export interface Appended {
  /** The stream's revision now: what to expect at the next append. */
  nextRevision: number;
  /** Of the last event of this append. */
  position: Position;
}

export interface ReadOptions {
  /** By default `'forwards'`. */
  direction?: 'forwards' | 'backwards';
  /** Revision to begin at, inclusive; by default the stream's start, or its end when reading backwards. */
  from?: number | 'start' | 'end';
  /** At most this many events; by default all. */
  limit?: number;
}

export interface ReadAllOptions {
  /** Begin behind this position; by default at the ledger's start. */
  after?: Position;
  /** Only streams whose name begins with one of these; by default every stream. */
  prefixes?: readonly string[];
  /** At most this many events; by default all. */
  limit?: number;
}

/** One stream, or every stream whose name begins with one of the prefixes (no prefixes: every stream). */
export type StreamFilter = { stream: string } | { prefixes: readonly string[] };

/** Takes one event. The next comes when the promise is settled; a rejection ends the subscription. */
export type EventHandler = (event: RecordedEvent) => Promise<void>;

export interface SubscribeOptions {
  /** Ends the subscription, after the handler that is running. */
  signal: AbortSignal;
  /** Everything that was in the ledger has been handled; from here on events come live. Again after each reconnect. */
  onCaughtUp?: () => void;
  /**
   * Nothing more is wanted up to here: a later start may begin behind this position. Comes now and then, so that a
   * subscriber whose events are rare need not look through the whole ledger again. For prefixes only.
   */
  onCheckpoint?: (position: Position) => Promise<void>;
}

export interface EventStoreHealth {
  /** `connecting` until the first answer; `reconnecting` from a lost connection to the next answer. */
  status: 'connecting' | 'up' | 'reconnecting' | 'closed';
  since: Date;
  /** Why it is reconnecting. */
  error?: string;
}

/**
 * The ledger. Appends are atomic; an acknowledged append survives a crash of the server. Events of the server itself
 * (types or streams that begin with `$`) are never delivered. Expected refusals are errors with a literal `code`.
 */
export interface EventStore {
  /**
   * Appends all of `events`, at least one, or none of them. A lost connection is retried with the same ids, within bounds.
   * @throws {RevisionConflict} the stream is not at `expected`.
   * @throws {InvalidEvent} something in an event can't be stored; nothing was sent.
   * @throws {AppendTooLarge} more than the server takes at once.
   * @throws {StreamDeleted} the stream was ended for ever.
   * @throws {EventStoreUnavailable} no answer; the events may or may not be stored. Trying again with the same ids is safe.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>;

  /** Reads a stream; one that doesn't exist reads as empty. @throws {EventStoreUnavailable} @throws {StreamDeleted} */
  read(stream: string, options?: ReadOptions): AsyncIterable<RecordedEvent>;

  /** Reads the ledger in the order of its positions, up to where it ends now. @throws {EventStoreUnavailable} */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;

  /**
   * Delivers what matches `filter` from behind `after` on, in order, one at a time, for ever. A lost connection is made
   * again, with growing pauses, and delivery goes on behind the last event handled: within one subscription no event comes
   * twice. A slow handler slows the reading, so memory stays bounded.
   * @returns when `signal` is aborted.
   * @throws what the handler threw. @throws {StreamDeleted}
   */
  subscribe(
    filter: StreamFilter,
    after: Checkpoint | 'start',
    handler: EventHandler,
    options: SubscribeOptions,
  ): Promise<void>;

  /** Asks the server for a sign of life. @throws {EventStoreUnavailable} */
  ping(): Promise<void>;

  /** How the connection stood when it was last used. */
  health(): EventStoreHealth;

  /** Ends subscriptions and frees the connection. Anything called afterwards rejects with {@link EventStoreUnavailable}. */
  close(): Promise<void>;
}
