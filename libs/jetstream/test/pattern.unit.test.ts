import { describe, expect, it } from 'vitest';
import { bySpecificity, matches } from '../src/pattern.ts';

describe('a subject pattern', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b.c', 'a.b', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.b.d', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['*', 'a.b', false],
  ])('%s against %s: %s', (pattern, subject, expected) => expect(matches(pattern, subject)).toBe(expected));

  it('is tried before a less specific one', () => {
    const patterns = ['>', 'a.>', 'a.*', 'a.b', '*.b', 'a.*.c', 'a.b.>'];
    const sorted = patterns.toSorted(bySpecificity);
    for (const [one, other] of [
      ['a.b', 'a.*'],
      ['a.*', 'a.>'],
      ['a.>', '>'],
      ['a.b.>', 'a.>'],
      ['a.*.c', 'a.>'],
      ['*.b', '>'],
    ] as const)
      expect(sorted.indexOf(one), `${one} before ${other}`).toBeLessThan(sorted.indexOf(other));
  });
});
