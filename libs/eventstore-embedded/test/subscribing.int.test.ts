import { describe, expect, it } from 'vitest';
import { END, eventTypeFilter, START, streamNameFilter, type Position } from '@eventstore/db-client';
import { event, events, follow, link, numbersOf, streamName, until, useServer } from './helpers.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('subscribing', () => {
  const server = useServer();
  const append = (stream: string, from: number, count: number) =>
    server.client.appendToStream(stream, events(from, count), {
      expectedRevision: from === 0 ? 'no_stream' : BigInt(from - 1),
    });

  it('row 14: a subscription from a revision is exclusive', async () => {
    const stream = streamName();
    await append(stream, 0, 4);
    const { got, stop } = follow(server.client.subscribeToStream(stream, { fromRevision: 1n }));
    await until('two events', () => got.length >= 2);
    await stop();
    expect(numbersOf(got)).toEqual([2, 3]);
  });

  it('row 14: a subscription to $all from a position is exclusive', async () => {
    const stream = streamName();
    const { position } = await append(stream, 0, 1);
    await append(stream, 1, 2);
    const filter = streamNameFilter({ prefixes: [stream] });
    const { got, stop } = follow(server.client.subscribeToAll({ fromPosition: position ?? START, filter }));
    await until('two events', () => got.length >= 2);
    await stop();
    expect(numbersOf(got)).toEqual([1, 2]);
  });

  it('row 18: a subscription to a missing stream is confirmed and waits', async () => {
    const stream = streamName();
    const { heard, got, stop } = follow(server.client.subscribeToStream(stream));
    await until('confirmation and caughtUp', () => heard.length >= 2);
    expect(heard).toEqual(['confirmation', 'caughtUp']);
    await append(stream, 0, 1);
    await until('the event', () => got.length === 1);
    await stop();
  });

  it('row 19: the confirmation comes first, caughtUp when it goes live', async () => {
    const stream = streamName();
    await append(stream, 0, 3);
    const { heard, stop } = follow(server.client.subscribeToStream(stream));
    await until('caughtUp', () => heard.includes('caughtUp'));
    await append(stream, 3, 1);
    await until('the live event', () => heard.filter((what) => what === 'event').length === 4);
    await stop();
    expect(heard[0]).toBe('confirmation');
    expect(heard.filter((what) => what === 'confirmation')).toHaveLength(1);
    expect(heard.filter((what) => what === 'caughtUp')).toHaveLength(1);
  });

  it('row 20: no gap and no duplicate from catching up to live, while somebody appends', async () => {
    const stream = streamName();
    await append(stream, 0, 300);
    const appending = (async () => {
      for (let n = 300; n < 900; n += 3) await append(stream, n, 3);
    })();
    const inStream = follow(server.client.subscribeToStream(stream));
    const inAll = follow(server.client.subscribeToAll({ filter: streamNameFilter({ prefixes: [stream] }) }));
    await appending;
    await until('all events', () => inStream.got.length >= 900 && inAll.got.length >= 900);
    await inStream.stop();
    await inAll.stop();
    expect(numbersOf(inStream.got)).toEqual(upTo(900));
    expect(numbersOf(inAll.got)).toEqual(upTo(900));
  });

  it('row 21: from END only later events come', async () => {
    const stream = streamName();
    await append(stream, 0, 3);
    const inStream = follow(server.client.subscribeToStream(stream, { fromRevision: END }));
    const inAll = follow(
      server.client.subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes: [stream] }) }),
    );
    await until('both to be live', () => inStream.heard.includes('caughtUp') && inAll.heard.includes('caughtUp'));
    await append(stream, 3, 2);
    await until('the later events', () => inStream.got.length >= 2 && inAll.got.length >= 2);
    await inStream.stop();
    await inAll.stop();
    expect(numbersOf(inStream.got)).toEqual([3, 4]);
    expect(numbersOf(inAll.got)).toEqual([3, 4]);
  });

  it('row 22: filters by prefix or regular expression, on stream or type', async () => {
    const mark = streamName('filter');
    const type = (name: string): string => `${mark}-${name}`;
    await server.client.appendToStream(`${mark}-a`, [event(0, type('Opened')), event(1, type('Closed'))]);
    await server.client.appendToStream(`${mark}-b`, [event(2, type('Opened'))]);
    const cases = [
      { filter: streamNameFilter({ prefixes: [`${mark}-a`, 'nothing-'] }), expected: [0, 1, 3] },
      { filter: streamNameFilter({ regex: `^${mark}-[b]$` }), expected: [2] },
      { filter: eventTypeFilter({ prefixes: [type('Op')] }), expected: [0, 2, 3] },
      { filter: eventTypeFilter({ regex: `^${mark}-.*sed$` }), expected: [1] },
    ];
    const subscriptions = cases.map(({ filter }) => follow(server.client.subscribeToAll({ filter })));
    await until('all to be live', () => subscriptions.every(({ heard }) => heard.includes('caughtUp')));
    await server.client.appendToStream(`${mark}-a`, [event(3, type('Opened'))]);
    await until('the events', () =>
      subscriptions.every(({ got }, index) => got.length >= (cases[index]?.expected.length ?? 0)),
    );
    await Promise.all(subscriptions.map(({ stop }) => stop()));
    expect(subscriptions.map(({ got }) => numbersOf(got))).toEqual(cases.map(({ expected }) => expected));
  });

  it('row 23: a checkpoint after every interval × window events, and on going live', async () => {
    const noise = streamName('noise');
    const { position: before } = await append(noise, 0, 1);
    await append(noise, 1, 100);
    const checkpoints: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [streamName('never')],
      checkpointInterval: 2,
      maxSearchWindow: 5,
      checkpointReached: (_, position) => void checkpoints.push(position),
    });
    const { heard, stop } = follow(server.client.subscribeToAll({ fromPosition: before ?? START, filter }));
    await until('caughtUp', () => heard.includes('caughtUp'));
    const caughtUpAfter = checkpoints.length;
    expect(caughtUpAfter).toBeGreaterThanOrEqual(10);
    await append(noise, 101, 30);
    await until('live checkpoints', () => checkpoints.length >= caughtUpAfter + 3);
    await stop();
    for (const [index, position] of checkpoints.entries()) {
      const earlier = checkpoints[index - 1];
      if (earlier) expect(position.commit >= earlier.commit).toBe(true);
    }
  });

  it('row 23: the default window is 32', async () => {
    const noise = streamName('noise');
    const { position } = await append(noise, 0, 1);
    await append(noise, 1, 96);
    const checkpoints: Position[] = [];
    const filter = streamNameFilter({
      prefixes: [streamName('never')],
      checkpointReached: (_, reached) => void checkpoints.push(reached),
    });
    const { heard, stop } = follow(server.client.subscribeToAll({ fromPosition: position ?? START, filter }));
    await until('caughtUp', () => heard.includes('caughtUp'));
    await stop();
    expect(checkpoints.length).toBeGreaterThanOrEqual(3);
    // Where nobody else writes: three full windows and the switch to live.
    if (!process.env['EVENTSTORE_URL']) expect(checkpoints).toHaveLength(4);
  });

  it('row 25: a subscription resolves links', async () => {
    const [stream, links] = [streamName(), streamName('links')];
    await append(stream, 0, 2);
    const { got, stop } = follow(server.client.subscribeToStream(links, { resolveLinkTos: true }));
    await server.client.appendToStream(links, [link(1, stream), link(9, stream)]);
    await until('the links', () => got.length === 2);
    await stop();
    expect(got[0]).toMatchObject({ event: { streamId: stream, revision: 1n }, link: { streamId: links } });
    expect(got[1]?.event).toBeUndefined();
  });

  it('row 35: a subscriber sees the tombstone, then StreamDeleted', async () => {
    const stream = streamName();
    await append(stream, 0, 1);
    const { heard, got, errors, stop } = follow(server.client.subscribeToStream(stream));
    await until('caughtUp', () => heard.includes('caughtUp'));
    await server.client.tombstoneStream(stream);
    await until('the error', () => errors.length > 0);
    await stop();
    expect(got.map(({ event: recorded }) => recorded?.type)).toEqual(['Happened', '$streamDeleted']);
    expect(errors[0]).toMatchObject({ type: 'stream-deleted', streamName: stream });
  });

  it('a slow subscriber gets everything in the end, and is told that it fell behind', async () => {
    const stream = streamName();
    const subscription = server.client.subscribeToStream(stream, {}, { highWaterMark: 1 });
    let behind = 0;
    const { heard, got, stop } = follow(subscription);
    subscription.on('fellBehind', () => (behind += 1));
    await until('caughtUp', () => heard.includes('caughtUp'));
    subscription.pause();
    for (let n = 0; n < 6_000; n += 500) await append(stream, n, 500);
    subscription.resume();
    await until('all events', () => got.length === 6_000);
    await until('caughtUp again', () => heard.filter((what) => what === 'caughtUp').length >= 2);
    await stop();
    expect(numbersOf(got)).toEqual(upTo(6_000));
    expect(behind).toBeGreaterThanOrEqual(1);
  });
});
