import { describe, expect, it } from 'vitest';
import { END, START } from '@eventstore/db-client';
import { collect, event, events, numbersOf, revisionsOf, streamName, until, useServer } from './helpers.ts';

const INT64_MAX = 9_223_372_036_854_775_807n;

describe('metadata and deletion', () => {
  const server = useServer();
  const stored = async (count: number): Promise<string> => {
    const stream = streamName();
    await server.client.appendToStream(stream, events(0, count), { expectedRevision: 'no_stream' });
    return stream;
  };
  const read = (stream: string) => collect(server.client.readStream(stream));
  const inAll = async (stream: string, from: string): Promise<unknown[]> => {
    const [first] = await collect(server.client.readAll({ direction: 'backwards', fromPosition: END, maxCount: 1 }));
    expect(first).toBeDefined();
    const all = await collect(server.client.readAll({ fromPosition: START }));
    return all.filter(({ event: recorded }) => recorded?.streamId === stream && recorded.type === from);
  };

  it('row 27: $maxCount keeps the last N visible', async () => {
    const stream = await stored(5);
    await server.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(revisionsOf(await read(stream))).toEqual([3n, 4n]);
    await server.client.appendToStream(stream, event(5));
    expect(revisionsOf(await read(stream))).toEqual([4n, 5n]);
    const backwards = server.client.readStream(stream, { direction: 'backwards', fromRevision: END });
    expect(revisionsOf(await collect(backwards))).toEqual([5n, 4n]);
  });

  it('row 28: $maxAge, in seconds, is judged when reading', async () => {
    const stream = await stored(2);
    await server.client.setStreamMetadata(stream, { maxAge: 1 });
    expect(await read(stream)).toHaveLength(2);
    const tooOld = Date.now() + 1_100;
    await until('a second to pass', () => Date.now() > tooOld);
    await server.client.appendToStream(stream, event(2));
    expect(numbersOf(await read(stream))).toEqual([2]);
  });

  it('row 29: below $tb is hidden', async () => {
    const stream = await stored(5);
    await server.client.setStreamMetadata(stream, { truncateBefore: 3 });
    expect(revisionsOf(await read(stream))).toEqual([3n, 4n]);
    expect(revisionsOf(await collect(server.client.readStream(stream, { fromRevision: 1n, maxCount: 1 })))).toEqual([
      3n,
    ]);
    await server.client.setStreamMetadata(stream, {});
    expect(await read(stream)).toHaveLength(5);
  });

  it('row 30: hidden events are still in $all', async () => {
    const stream = await stored(4);
    await server.client.setStreamMetadata(stream, { maxCount: 1 });
    expect(await read(stream)).toHaveLength(1);
    expect(await inAll(stream, 'Happened')).toHaveLength(4);
    await server.client.deleteStream(stream);
    expect(await inAll(stream, 'Happened')).toHaveLength(4);
  });

  it('row 31: a soft delete replaces the metadata with $tb = Int64.Max', async () => {
    const stream = await stored(2);
    await server.client.setStreamMetadata(stream, { owner: 'test' });
    const { position } = await server.client.deleteStream(stream, { expectedRevision: 1n });
    expect(position).toBeDefined();
    await expect(read(stream)).rejects.toMatchObject({ type: 'stream-not-found' });
    const { metadata } = await server.client.getStreamMetadata(stream);
    expect(metadata).toEqual({ truncateBefore: Number(INT64_MAX) });
  });

  it('row 31: a delete at another revision is WrongExpectedVersion', async () => {
    const stream = await stored(2);
    await expect(server.client.deleteStream(stream, { expectedRevision: 0n })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      streamName: stream,
      expectedVersion: 0n,
      actualVersion: 1n,
    });
    expect(await read(stream)).toHaveLength(2);
  });

  it.each(['no_stream', 'any', 1n] as const)(
    'row 32: after a soft delete an append with %s goes on with the numbering',
    async (expectedRevision) => {
      const stream = await stored(2);
      await server.client.deleteStream(stream);
      const appended = await server.client.appendToStream(stream, events(2, 2), { expectedRevision });
      expect(appended.nextExpectedRevision).toBe(3n);
      expect(revisionsOf(await read(stream))).toEqual([2n, 3n]);
      const { metadata } = await server.client.getStreamMetadata(stream);
      expect(metadata).toEqual({ truncateBefore: 2 });
    },
  );

  it('row 32: after a soft delete an append with STREAM_EXISTS is StreamDeleted', async () => {
    const stream = await stored(1);
    await server.client.deleteStream(stream);
    const appending = server.client.appendToStream(stream, event(), { expectedRevision: 'stream_exists' });
    await expect(appending).rejects.toMatchObject({ type: 'stream-deleted' });
  });

  it('row 33: deleting a stream that never was is WrongExpectedVersion', async () => {
    const wrong = { type: 'wrong-expected-version', actualVersion: -1n };
    await expect(server.client.deleteStream(streamName())).rejects.toMatchObject({ ...wrong, expectedVersion: -2n });
    const deleting = server.client.deleteStream(streamName(), { expectedRevision: 'no_stream' });
    await expect(deleting).rejects.toMatchObject({ ...wrong, expectedVersion: -1n });
  });

  it('row 34: a tombstone is $streamDeleted at Int64.Max, for ever', async () => {
    const stream = await stored(2);
    await server.client.tombstoneStream(stream, { expectedRevision: 1n });
    const deleted = { type: 'stream-deleted' };
    await expect(server.client.appendToStream(stream, event())).rejects.toMatchObject(deleted);
    await expect(server.client.setStreamMetadata(stream, {})).rejects.toMatchObject(deleted);
    await expect(server.client.deleteStream(stream)).rejects.toMatchObject(deleted);
    await expect(server.client.tombstoneStream(stream)).rejects.toMatchObject(deleted);
    await expect(read(stream)).rejects.toMatchObject(deleted);
    const [tombstone] = await inAll(stream, '$streamDeleted');
    expect(tombstone).toMatchObject({ event: { revision: INT64_MAX } });
  });

  it('row 34: a stream that never was can be tombstoned', async () => {
    const stream = streamName();
    await server.client.tombstoneStream(stream);
    await expect(read(stream)).rejects.toMatchObject({ type: 'stream-deleted' });
  });

  it('row 34: a tombstone at another revision is WrongExpectedVersion', async () => {
    const stream = await stored(2);
    const ending = server.client.tombstoneStream(stream, { expectedRevision: 7n });
    await expect(ending).rejects.toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: 7n,
      actualVersion: 1n,
    });
  });
});
