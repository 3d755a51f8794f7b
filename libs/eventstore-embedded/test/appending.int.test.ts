import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { jsonEvent, type AppendExpectedRevision, type EventData } from '@eventstore/db-client';
import { collect, event, events, numbersOf, revisionsOf, streamName, useServer } from './helpers.ts';

const wrongVersion = (expected: unknown, actual: unknown) => ({
  type: 'wrong-expected-version',
  expectedVersion: expected,
  actualVersion: actual,
});

/** Without credentials the client appends with BatchAppend, with them with Append: each row holds for both. */
const ways = [
  { way: 'BatchAppend', options: {} },
  { way: 'Append', options: { credentials: { username: 'admin', password: 'changeit' } } },
];

describe.each(ways)('appending by $way', ({ options }) => {
  const server = useServer();
  const append = (stream: string, given: EventData | EventData[], expectedRevision: AppendExpectedRevision) =>
    server.client.appendToStream(stream, given, { expectedRevision, ...options });
  const read = (stream: string) => collect(server.client.readStream(stream));

  it('row 1: an append is atomic and revisions are contiguous from 0', async () => {
    const stream = streamName();
    expect((await append(stream, events(0, 3), 'no_stream')).nextExpectedRevision).toBe(2n);
    expect((await append(stream, events(3, 2), 2n)).nextExpectedRevision).toBe(4n);
    await expect(append(stream, events(9, 5), 3n)).rejects.toMatchObject(wrongVersion(3n, 4n));
    const all = await read(stream);
    expect(revisionsOf(all)).toEqual([0n, 1n, 2n, 3n, 4n]);
    expect(numbersOf(all)).toEqual([0, 1, 2, 3, 4]);
  });

  it('row 1: data, metadata, id, type, content type and time come back as they were given', async () => {
    const stream = streamName();
    const before = Date.now();
    const given = jsonEvent({
      type: 'Ünïque',
      data: { text: '😀', big: '0.00000001' },
      metadata: { $correlationId: 'c' },
    });
    await append(stream, given, 'no_stream');
    const [resolved] = await read(stream);
    expect(resolved?.event).toMatchObject({ id: given.id, type: 'Ünïque', data: given.data, metadata: given.metadata });
    expect(resolved?.event).toMatchObject({ isJson: true, streamId: stream, revision: 0n });
    // The clocks of two machines may differ a little.
    expect(Math.abs((resolved?.event?.created.getTime() ?? 0) - before)).toBeLessThan(60_000);
  });

  it('row 2: NO_STREAM on a new stream succeeds', async () => {
    const result = await append(streamName(), event(), 'no_stream');
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 0n });
  });

  it('row 2: NO_STREAM on a stream with events is WrongExpectedVersion', async () => {
    const stream = streamName();
    await append(stream, event(), 'no_stream');
    await expect(append(stream, event(), 'no_stream')).rejects.toMatchObject(wrongVersion('no_stream', 0n));
  });

  it('row 3: the exact revision succeeds, a higher one is WrongExpectedVersion', async () => {
    const stream = streamName();
    await append(stream, events(0, 2), 'no_stream');
    await expect(append(stream, event(), 2n)).rejects.toMatchObject(wrongVersion(2n, 1n));
    await expect(append(streamName(), event(), 0n)).rejects.toMatchObject(wrongVersion(0n, 'no_stream'));
    expect((await append(stream, event(), 1n)).nextExpectedRevision).toBe(2n);
  });

  it('row 4: a lower revision with the same event ids there succeeds again, with the first revision and position', async () => {
    const stream = streamName();
    await append(stream, event(), 'no_stream');
    const batch = events(1, 3);
    const first = await append(stream, batch, 0n);
    await append(stream, events(4, 2), 3n);
    expect(await append(stream, batch, 0n)).toEqual(first);
    expect(await append(stream, batch.slice(0, 2), 0n)).toMatchObject({ nextExpectedRevision: 2n });
    expect(await read(stream)).toHaveLength(6);
  });

  it('row 5: a lower revision with other ids is WrongExpectedVersion with the actual revision', async () => {
    const stream = streamName();
    await append(stream, events(0, 4), 'no_stream');
    await expect(append(stream, event(), 1n)).rejects.toMatchObject(wrongVersion(1n, 3n));
  });

  it('row 6: a batch that is partly there is WrongExpectedVersion', async () => {
    const stream = streamName();
    const batch = events(0, 2);
    await append(stream, batch, 'no_stream');
    await expect(append(stream, [...batch, event(2)], 'no_stream')).rejects.toMatchObject(
      wrongVersion('no_stream', 1n),
    );
    expect(await read(stream)).toHaveLength(2);
  });

  it.each(['any', 'stream_exists'] as const)('row 7: a retry with %s is stored once', async (expected) => {
    const stream = streamName();
    await append(stream, event(), 'no_stream');
    const batch = events(1, 2);
    const first = await append(stream, batch, expected);
    expect(await append(stream, batch, expected)).toEqual(first);
    expect(await read(stream)).toHaveLength(3);
  });

  it('row 8: the same id in another stream is no duplicate', async () => {
    const [one, other] = [streamName(), streamName()];
    const same = event();
    await append(one, same, 'any');
    await append(other, same, 'any');
    expect(await read(other)).toHaveLength(1);
  });

  it('row 9: STREAM_EXISTS succeeds when only metadata exists, and else needs events', async () => {
    const stream = streamName();
    await expect(append(stream, event(), 'stream_exists')).rejects.toMatchObject(
      wrongVersion('stream_exists', 'no_stream'),
    );
    await server.client.setStreamMetadata(stream, { owner: 'test' });
    expect((await append(stream, event(), 'stream_exists')).nextExpectedRevision).toBe(0n);
    expect((await append(stream, event(), 'stream_exists')).nextExpectedRevision).toBe(1n);
  });

  it('row 10: an empty append succeeds and changes nothing', async () => {
    const stream = streamName();
    await append(stream, events(0, 2), 'no_stream');
    expect((await append(stream, [], 1n)).success).toBe(true);
    expect((await append(stream, [], 'any')).success).toBe(true);
    expect(await read(stream)).toHaveLength(2);
  });

  it('row 11: more than 1,048,576 bytes is refused, and the connection goes on', async () => {
    const stream = streamName();
    const large = (bytes: number): EventData =>
      jsonEvent({ id: randomUUID(), type: 'Large', data: { text: 'x'.repeat(bytes) } });
    await expect(append(stream, [large(600_000), large(600_000)], 'no_stream')).rejects.toMatchObject({
      type: 'maximum-append-size-exceeded',
      maxAppendSize: 1_048_576,
    });
    await append(stream, large(1_000_000), 'no_stream');
    expect(await read(stream)).toHaveLength(1);
  });

  it('row 11: what comes after an early refusal is dropped: a batch in several chunks', async () => {
    const stream = streamName();
    const chunks = Array.from({ length: 12 }, () => jsonEvent({ type: 'Large', data: { text: 'x'.repeat(400_000) } }));
    await expect(
      server.client.appendToStream(stream, chunks, {
        expectedRevision: 'no_stream',
        batchAppendSize: 500_000,
        ...options,
      }),
    ).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' });
    expect((await append(stream, event(), 'no_stream')).nextExpectedRevision).toBe(0n);
  });

  it('row 12: an expired deadline is a timeout, and nothing is written', async () => {
    const stream = streamName();
    await append(stream, event(), 'no_stream');
    await expect(
      server.client.appendToStream(stream, event(), { expectedRevision: 0n, deadline: -1_000, ...options }),
    ).rejects.toMatchObject({ type: 'deadline-exceeded' });
    expect(await read(stream)).toHaveLength(1);
  });

  it('appends that are sent together are each answered as if alone', async () => {
    const [one, other] = [streamName(), streamName()];
    const outcomes = await Promise.allSettled([
      append(one, event(0), 'no_stream'),
      append(one, event(1), 0n),
      append(one, event(2), 5n),
      append(other, event(3), 'no_stream'),
    ]);
    expect(outcomes[0]?.status).toBe('fulfilled');
    expect(outcomes[2]).toMatchObject({ status: 'rejected', reason: { type: 'wrong-expected-version' } });
    expect(outcomes[3]?.status).toBe('fulfilled');
  });
});
