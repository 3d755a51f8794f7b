import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { EventLog } from '../store/event-log.ts';
import { TOMBSTONE_REVISION, type StoredEvent } from '../store/types.ts';
import { streamDeleted } from './errors.ts';
import type { Filter } from './filter.ts';
import {
  caughtUpMessage,
  checkpointMessage,
  confirmationMessage,
  eventMessage,
  fellBehindMessage,
  sizeOf,
} from './messages.ts';
import type { Outlet } from './outlet.ts';

/** What to follow, and the last place that the subscriber has seen (exclusive). */
export type Source =
  { kind: 'stream'; stream: string; after: bigint } | { kind: 'all'; after: bigint; filter: Filter | undefined };

/** Catching up gives way to other work after this many events looked at. */
const TURN = 2_000;
/** A subscriber that has this much to catch up with after it was slow is told that it fell behind. */
const FAR_BEHIND = 500n;

/**
 * One subscription. It keeps a place in the log and no queue: events are pushed as they are committed while the subscriber
 * keeps up, and read from the log again from that place when it didn't.
 */
export class Subscription {
  readonly #log: EventLog;
  readonly #outlet: Outlet;
  readonly #source: Source;
  readonly #resolveLinks: boolean;
  readonly #delivered: (events: number) => void;
  /** The revision or position of the last event that was looked at. */
  #place: bigint;
  #sinceCheckpoint = 0;
  #isLive = false;
  #wake: () => void = () => undefined;

  constructor(
    log: EventLog,
    outlet: Outlet,
    source: Source,
    resolveLinks: boolean,
    delivered: (events: number) => void,
  ) {
    this.#log = log;
    this.#outlet = outlet;
    this.#source = source;
    this.#resolveLinks = resolveLinks;
    this.#delivered = delivered;
    this.#place = source.after;
  }

  /** Serves the subscriber until it goes away or its stream ends. */
  async run(): Promise<void> {
    this.#outlet.send(confirmationMessage(randomUUID()));
    if (this.#source.kind === 'stream' && this.#log.status(this.#source.stream) === 'tombstoned') {
      this.#outlet.end(streamDeleted(this.#source.stream));
    }
    let saysCaughtUp = true;
    while (!this.#outlet.isClosed) {
      await this.#catchUp();
      if (this.#outlet.isClosed) return;
      // From here to the end of this turn nothing is committed: no event falls between catching up and going live.
      if (saysCaughtUp) this.#sayCaughtUp();
      const slept = Promise.withResolvers<void>();
      this.#wake = slept.resolve;
      this.#isLive = true;
      await Promise.race([slept.promise, this.#outlet.closed]);
      this.#isLive = false;
      await this.#outlet.drained();
      saysCaughtUp = this.#lag() > FAR_BEHIND;
      if (saysCaughtUp) this.#outlet.send(fellBehindMessage());
    }
  }

  /** Takes events that were just committed; called for all of them, in order. */
  onCommitted(events: readonly StoredEvent[]): void {
    if (!this.#isLive) return;
    for (const event of events) {
      if (this.#outlet.isFull) {
        this.#isLive = false;
        this.#wake();
        return;
      }
      if (this.#source.kind === 'stream') {
        if (event.stream === this.#source.stream && event.revision > this.#place) this.#sendOfStream(event);
      } else if (event.position > this.#place) {
        this.#lookAt(event.position, this.#source.filter?.matches(event) === false ? undefined : event);
      }
    }
  }

  /** Reads what is already in the log, as fast as the subscriber takes it. */
  async #catchUp(): Promise<void> {
    while (!this.#outlet.isClosed) {
      await this.#outlet.drained();
      const finished =
        this.#source.kind === 'stream'
          ? this.#catchUpStream(this.#source.stream)
          : this.#catchUpAll(this.#source.filter);
      if (finished) return;
      await turn();
    }
  }

  /** @returns whether the end was reached. */
  #catchUpStream(stream: string): boolean {
    let looked = 0;
    for (const event of this.#log.readStream(stream, this.#place + 1n, 'forwards')) {
      this.#sendOfStream(event);
      if (this.#outlet.isFull || this.#outlet.isClosed || ++looked >= TURN) return false;
    }
    return true;
  }

  #catchUpAll(filter: Filter | undefined): boolean {
    let looked = 0;
    for (const { position, event } of filter ? this.#scan(filter) : this.#readAll()) {
      this.#lookAt(position, event);
      if (this.#outlet.isFull || this.#outlet.isClosed || ++looked >= TURN) return false;
    }
    return true;
  }

  /** All events, and only the wanted ones with their data. */
  *#scan(filter: Filter): Generator<{ position: bigint; event: StoredEvent | undefined }> {
    for (const row of this.#log.scan(this.#place + 1n)) {
      yield { position: row.position, event: filter.matches(row) ? this.#log.at(row.position) : undefined };
    }
  }

  *#readAll(): Generator<{ position: bigint; event: StoredEvent }> {
    for (const event of this.#log.readAll(this.#place + 1n, 'forwards')) yield { position: event.position, event };
  }

  #sendOfStream(event: StoredEvent): void {
    this.#place = event.revision;
    this.#send(event);
    if (event.revision === TOMBSTONE_REVISION) this.#outlet.end(streamDeleted(event.stream));
  }

  #lookAt(position: bigint, event: StoredEvent | undefined): void {
    this.#place = position;
    if (event) this.#send(event);
    if (this.#source.kind !== 'all' || !this.#source.filter) return;
    if (++this.#sinceCheckpoint < this.#source.filter.checkpointEvery) return;
    this.#sendCheckpoint();
  }

  #send(event: StoredEvent): void {
    this.#delivered(1);
    this.#outlet.send(eventMessage(this.#log, event, this.#resolveLinks), sizeOf(event));
  }

  #sendCheckpoint(): void {
    this.#sinceCheckpoint = 0;
    this.#outlet.send(checkpointMessage(this.#place));
  }

  #sayCaughtUp(): void {
    if (this.#source.kind === 'all' && this.#source.filter) this.#sendCheckpoint();
    this.#outlet.send(caughtUpMessage());
  }

  #lag(): bigint {
    const head = this.#source.kind === 'stream' ? this.#log.headOf(this.#source.stream) : this.#log.head;
    return head - this.#place;
  }
}
