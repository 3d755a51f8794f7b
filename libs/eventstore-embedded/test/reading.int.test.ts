import { describe, expect, it } from 'vitest';
import { END, START } from '@eventstore/db-client';
import { collect, event, events, link, numbersOf, revisionsOf, streamName, useServer } from './helpers.ts';

describe('reading', () => {
  const server = useServer();
  const stored = async (count: number): Promise<string> => {
    const stream = streamName();
    await server.client.appendToStream(stream, events(0, count), { expectedRevision: 'no_stream' });
    return stream;
  };

  it('row 13: $all positions strictly increase, commit = prepare, system events are in it', async () => {
    const stream = await stored(3);
    await server.client.setStreamMetadata(stream, { owner: 'test' });
    const [first] = await collect(server.client.readStream(stream, { maxCount: 1 }));
    const all = await collect(server.client.readAll({ fromPosition: first?.event?.position ?? START }));
    const positions = all.map(({ event: recorded }) => recorded?.position);
    positions.forEach((position, index) => {
      expect(position?.commit).toBe(position?.prepare);
      const before = positions[index - 1];
      if (before && position) expect(position.commit > before.commit).toBe(true);
    });
    expect(
      all.some(({ event: recorded }) => recorded?.type === '$metadata' && recorded.streamId === `$$${stream}`),
    ).toBe(true);
  });

  it('row 13: positions are set on single-stream reads too, and are those of $all', async () => {
    const stream = await stored(2);
    const inStream = await collect(server.client.readStream(stream));
    const from = inStream[0]?.event?.position;
    const inAll = await collect(server.client.readAll({ fromPosition: from ?? START }));
    const same = inAll.filter(({ event: recorded }) => recorded?.streamId === stream);
    expect(same.map(({ event: recorded }) => recorded?.position)).toEqual(
      inStream.map(({ event: recorded }) => recorded?.position),
    );
  });

  it('row 14: readAll from a position is inclusive', async () => {
    const stream = await stored(3);
    const [, second] = await collect(server.client.readStream(stream));
    const position = second?.event?.position ?? START;
    const [first] = await collect(server.client.readAll({ fromPosition: position, maxCount: 1 }));
    expect(first?.event?.id).toBe(second?.event?.id);
  });

  it('row 14: readStream from a revision is inclusive', async () => {
    const stream = await stored(5);
    expect(revisionsOf(await collect(server.client.readStream(stream, { fromRevision: 3n })))).toEqual([3n, 4n]);
    expect(revisionsOf(await collect(server.client.readStream(stream, { fromRevision: 1n, maxCount: 2 })))).toEqual([
      1n,
      2n,
    ]);
  });

  it('row 15: backwards is inclusive too, in a stream and in $all', async () => {
    const stream = await stored(4);
    const backwards = { direction: 'backwards' } as const;
    const read = async (options: object) =>
      revisionsOf(await collect(server.client.readStream(stream, { ...backwards, ...options })));
    expect(await read({ fromRevision: END })).toEqual([3n, 2n, 1n, 0n]);
    expect(await read({ fromRevision: 2n })).toEqual([2n, 1n, 0n]);
    expect(await read({ fromRevision: END, maxCount: 1 })).toEqual([3n]);
    expect(await read({ fromRevision: 99n, maxCount: 1 })).toEqual([3n]);
    expect(await read({ fromRevision: START })).toEqual([0n]);
    const last = (await collect(server.client.readStream(stream, { ...backwards, fromRevision: END, maxCount: 1 })))[0];
    const [inAll] = await collect(
      server.client.readAll({ ...backwards, fromPosition: last?.event?.position ?? END, maxCount: 1 }),
    );
    expect(inAll?.event?.id).toBe(last?.event?.id);
  });

  it('row 16: past the end is empty and OK', async () => {
    const stream = await stored(2);
    expect(await collect(server.client.readStream(stream, { fromRevision: 2n }))).toEqual([]);
    expect(await collect(server.client.readStream(stream, { fromRevision: 900n }))).toEqual([]);
    expect(await collect(server.client.readStream(stream, { fromRevision: END }))).toEqual([]);
    const far = 2n ** 62n;
    expect(await collect(server.client.readAll({ fromPosition: { commit: far, prepare: far } }))).toEqual([]);
  });

  it('row 17: a missing stream is StreamNotFound', async () => {
    const reading = collect(server.client.readStream(streamName()));
    await expect(reading).rejects.toMatchObject({ type: 'stream-not-found' });
  });

  it('row 17: a tombstoned stream is StreamDeleted', async () => {
    const stream = await stored(1);
    await server.client.tombstoneStream(stream);
    const reading = collect(server.client.readStream(stream));
    await expect(reading).rejects.toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  it('row 24: a link is split at the first @: the stream may have one too', async () => {
    const stream = `${streamName()}@home@last`;
    await server.client.appendToStream(stream, events(0, 2), { expectedRevision: 'no_stream' });
    const links = streamName('links');
    await server.client.appendToStream(links, link(1, stream), { expectedRevision: 'no_stream' });
    const [resolved] = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved?.event).toMatchObject({ streamId: stream, revision: 1n, data: { n: 1 } });
  });

  it('row 25: resolveLinkTos sets event and link; without it the link is the event', async () => {
    const stream = await stored(2);
    const links = streamName('links');
    await server.client.appendToStream(links, [link(1, stream), event(7)], { expectedRevision: 'no_stream' });
    const resolved = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved[0]).toMatchObject({
      event: { streamId: stream, revision: 1n },
      link: { streamId: links, revision: 0n },
    });
    expect(resolved[1]).toMatchObject({ event: { streamId: links, revision: 1n } });
    expect(resolved[1]?.link).toBeUndefined();
    const [raw] = await collect(server.client.readStream(links, { maxCount: 1 }));
    expect(raw).toMatchObject({ event: { type: '$>', streamId: links } });
    expect(raw?.link).toBeUndefined();
  });

  it('row 26: a broken link comes as a link only', async () => {
    const [gone, ended, short] = [await stored(3), await stored(1), await stored(1)];
    const links = streamName('links');
    await server.client.setStreamMetadata(gone, { truncateBefore: 2 });
    await server.client.tombstoneStream(ended);
    const targets = [link(1, gone), link(0, ended), link(5, short), link(0, streamName()), link(2, gone)];
    await server.client.appendToStream(links, targets, { expectedRevision: 'no_stream' });
    const resolved = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved.map(({ event: target }) => target?.revision)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      2n,
    ]);
    expect(resolved.every(({ link: pointer }) => pointer?.streamId === links)).toBe(true);
  });

  it('reads a long stream whole, and a reader may leave early', async () => {
    const stream = streamName();
    await server.client.appendToStream(stream, events(0, 2_500), { expectedRevision: 'no_stream' });
    expect(numbersOf(await collect(server.client.readStream(stream)))).toEqual(
      Array.from({ length: 2_500 }, (_, n) => n),
    );
    const read = server.client.readStream(stream);
    for await (const { event: recorded } of read) if (recorded?.revision === 10n) break;
    await read.cancel();
    expect(await collect(server.client.readStream(stream, { fromRevision: 2_499n }))).toHaveLength(1);
  });
});
