import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventLog } from '../src/store/event-log.ts';
import type { Expected, ProposedEvent } from '../src/store/types.ts';
import { Writer } from '../src/store/writer.ts';

const proposed = (id: string = randomUUID()): ProposedEvent => ({
  id,
  type: 'Happened',
  contentType: 'application/json',
  data: Buffer.from('{}'),
  metadata: new Uint8Array(),
});

describe('the log', () => {
  it('keeps nothing of a transaction that fails, in the tables or in memory', () => {
    const log = new EventLog(':memory:');
    log.write(() => log.append('kept', [proposed()], 'no-stream'));
    expect(() =>
      log.write(() => {
        log.append('kept', [proposed(), proposed()], 0n);
        log.append('lost', [proposed()], 'no-stream');
        log.tombstone('ended', 'any');
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    expect([log.head, log.headOf('kept'), log.status('lost'), log.status('ended')]).toEqual([
      1n,
      0n,
      'missing',
      'missing',
    ]);
    const { result } = log.write(() => log.append('lost', [proposed()], 'no-stream'));
    expect(result).toEqual({ kind: 'appended', revision: 0n, position: 2n });
    expect([...log.readAll(0n, 'forwards')].map(({ stream }) => stream)).toEqual(['kept', 'lost']);
    log.close();
  });

  it('fails all writes of a group, and says why, when one of them fails; the next group is written', async () => {
    const log = new EventLog(':memory:');
    const failures: string[] = [];
    const writer = new Writer(
      log,
      () => undefined,
      ({ message }) => failures.push(message),
    );
    const good = writer.submit(() => log.append('one', [proposed()], 'no-stream'));
    const bad = writer.submit(() => {
      throw new Error('the disk is full');
    });
    const outcomes = await Promise.allSettled([good, bad]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(failures).toEqual(['the disk is full']);
    await writer.submit(() => log.append('one', [proposed()], 'no-stream'));
    expect(log.headOf('one')).toBe(0n);
    log.close();
  });

  it('law: whatever is appended, revisions have no holes, positions grow, and a retry changes nothing', () => {
    const streams = fc.constantFrom('a', 'b', '$$a');
    const expectations = fc.oneof(fc.constantFrom<Expected>('any', 'no-stream', 'stream-exists'), fc.bigInt(0n, 6n));
    const commands = fc.array(
      fc.record({ stream: streams, expected: expectations, count: fc.integer({ min: 1, max: 3 }) }),
      {
        maxLength: 25,
      },
    );
    fc.assert(
      fc.property(commands, (given) => {
        const log = new EventLog(':memory:');
        for (const { stream, expected, count } of given) {
          const events = Array.from({ length: count }, () => proposed());
          const { result, written } = log.write(() => log.append(stream, events, expected));
          expect(written).toHaveLength(result.kind === 'appended' ? count : 0);
          if (result.kind !== 'appended') continue;
          const again = log.write(() => log.append(stream, events, expected));
          expect(again).toEqual({ result, written: [] });
        }
        const all = [...log.readAll(0n, 'forwards')];
        expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => BigInt(index + 1)));
        for (const stream of ['a', 'b', '$$a']) {
          const revisions = all.filter((event) => event.stream === stream).map(({ revision }) => revision);
          expect(revisions).toEqual(revisions.map((_, index) => BigInt(index)));
        }
        log.close();
      }),
      { numRuns: 100 },
    );
  });
});
