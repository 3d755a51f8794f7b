import { expect, it } from 'vitest';
import { createLogger } from '../src/index.ts';

const logged = (
  options: { pretty?: boolean; secrets?: string[] },
  log: (logger: ReturnType<typeof createLogger>) => void,
) => {
  const lines: string[] = [];
  log(createLogger({ name: 'ingest', level: 'info', sink: { write: (line) => void lines.push(line) }, ...options }));
  return lines;
};

it('writes one JSON object per line, with the service and the level by name', () => {
  const [line = '', ...rest] = logged({}, (logger) => {
    logger.debug('not at this level');
    logger.warn({ symbol: 'BTCUSDT' }, 'the socket is silent');
  });
  expect(rest).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    service: 'ingest',
    symbol: 'BTCUSDT',
    msg: 'the socket is silent',
  });
  expect(line.endsWith('\n')).toBe(true);
});

it('masks secrets wherever they come up, also where JSON escapes them', () => {
  const lines = logged({ secrets: ['pa"ss', 'key-1'] }, (logger) => {
    logger.error({ err: new Error('cannot log in with pa"ss'), url: 'https://x?key=key-1' }, 'key-1 is refused');
  });
  expect(lines.join()).not.toMatch(/pa\\?"ss|key-1/);
  expect(lines.join()).toContain('*** is refused');
});

it('writes lines for people on demand, the stack below', () => {
  const [line = ''] = logged({ pretty: true }, (logger) => {
    logger.error({ err: new Error('no answer'), attempt: 3 }, 'request failed');
  });
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} error ingest: request failed attempt=3\nError: no answer\n {4}at /);
});
