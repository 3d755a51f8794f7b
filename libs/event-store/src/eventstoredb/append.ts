import { jsonEvent, type AppendExpectedRevision } from '@eventstore/db-client';
import { RevisionConflict } from '../errors.ts';
import type { Appended, ExpectedRevision, NewEvent } from '../port.ts';
import { positionOf } from '../position.ts';
import { assertAppendable } from '../validate.ts';
import type { Connection } from './connection.ts';
import { readOnce } from './read.ts';

/** So far back a retry that expects `'any'` looks for its own events, beyond as many as it appends. */
const LOOK_BACK = 500;

/** Appends to a stream; see the port. */
export async function append(
  connection: Connection,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): Promise<Appended> {
  assertAppendable(stream, events);
  const proposals = events.map((event) =>
    jsonEvent({ id: event.id, type: event.type, data: event.data, metadata: event.metadata }),
  );
  const expectedRevision: AppendExpectedRevision =
    expected === 'no-stream' ? 'no_stream' : expected === 'any' ? 'any' : BigInt(expected);
  return connection.run(
    `append to ${stream}`,
    stream,
    async (client, isRetry) => {
      // The server knows a retry at a revision for what it is. With 'any' it may not.
      const own = isRetry && expected === 'any' ? await findRecent(connection, stream, events) : undefined;
      if (own) return own;
      const { nextExpectedRevision, position } = await client.appendToStream(stream, proposals, {
        expectedRevision,
        deadline: connection.settings.deadlineMs,
      });
      return {
        nextRevision: Number(nextExpectedRevision),
        position: positionOf(position?.commit ?? 0n, position?.prepare),
      };
    },
    async (failure, isRetry) => {
      if (failure.kind === 'final') throw failure.error;
      const actual =
        failure.kind === 'wrong-revision' && failure.actual !== 'no_stream' ? Number(failure.actual) : 'no-stream';
      const own = isRetry && expected !== 'any' ? await findBehind(connection, stream, events, expected) : undefined;
      if (own) return own;
      throw new RevisionConflict(stream, expected, actual);
    },
  );
}

/** After a try without an answer: whether these events are what stands behind `expected`. */
async function findBehind(
  connection: Connection,
  stream: string,
  events: readonly NewEvent[],
  expected: number | 'no-stream',
): Promise<Appended | undefined> {
  const from = expected === 'no-stream' ? 0 : expected + 1;
  let found = 0;
  for await (const event of readOnce(connection, stream, { from, limit: events.length })) {
    if (event.id !== events[found]?.id.toLowerCase()) return undefined;
    found += 1;
    if (found === events.length) return { nextRevision: event.revision, position: event.position };
  }
  return undefined;
}

/** After a try without an answer: whether these events are among the stream's last. An append is whole, so its last tells. */
async function findRecent(
  connection: Connection,
  stream: string,
  events: readonly NewEvent[],
): Promise<Appended | undefined> {
  const last = events.at(-1)?.id.toLowerCase();
  const limit = events.length + LOOK_BACK;
  for await (const event of readOnce(connection, stream, { direction: 'backwards', limit })) {
    if (event.id === last) return { nextRevision: event.revision, position: event.position };
  }
  return undefined;
}
