import { describe, expect, it } from 'vitest';
import { AmbiguousAnswer, NotNow, Refused } from '../src/index.ts';
import { judge, saysUnknownOrder } from '../src/binance/verdicts.ts';
import type { Wire } from '../src/binance/wire.ts';

const answer = (code: number, message = 'as Binance says') => Object.assign(new Error(message), { code });
const socket = (code: string) => Object.assign(new Error(`socket ${code}`), { code, type: 'system' });
const proxy = (status: number) => new Error(`${status} Bad Gateway <html></html>`);

describe('what a failure means', () => {
  it.each<[string, unknown, Wire, unknown]>([
    ['a filter', answer(-1013), { status: 400 }, Refused],
    ['no balance', answer(-2010), { status: 400 }, Refused],
    ['a bad signature', answer(-1022), { status: 400 }, Refused],
    ['an unknown symbol', answer(-1121), { status: 400 }, Refused],
    ['a rejected key', answer(-2015), { status: 401 }, Refused],
    ['a page that is not there', proxy(404), { status: 404 }, Refused],
    ['too much weight', answer(-1003), { status: 429 }, NotNow],
    ['a ban', answer(-1003), { status: 418 }, NotNow],
    ['a ban told by a proxy', proxy(418), { status: 418 }, NotNow],
    ['the firewall', proxy(403), { status: 403 }, NotNow],
    ['too many orders', answer(-1015), { status: 429 }, NotNow],
    ['a stale timestamp', answer(-1021), { status: 400 }, NotNow],
    ['a shutdown', answer(-1016), { status: 503 }, NotNow],
    ['no connection', socket('ECONNREFUSED'), {}, NotNow],
    ['no such host', socket('ENOTFOUND'), {}, NotNow],
    ['an unknown error of the exchange', answer(-1000), { status: 500 }, AmbiguousAnswer],
    ['an internal error', answer(-1001), { status: 500 }, AmbiguousAnswer],
    ['an unexpected response', answer(-1006), { status: 500 }, AmbiguousAnswer],
    ['a backend timeout', answer(-1007), { status: 504 }, AmbiguousAnswer],
    ['a backend timeout, whatever the status', answer(-1007), { status: 400 }, AmbiguousAnswer],
    ['a code that nobody knows, with a 5xx', answer(-9999), { status: 500 }, AmbiguousAnswer],
    ['a proxy that lost the exchange', proxy(502), { status: 502 }, AmbiguousAnswer],
    [
      'an answer that is no JSON',
      { name: 'SyntaxError', message: 'Bad string', at: 1 },
      { status: 200 },
      AmbiguousAnswer,
    ],
    ['a reset connection', socket('ECONNRESET'), {}, AmbiguousAnswer],
    ['our own deadline', new Error('no answer within 10000 ms'), {}, AmbiguousAnswer],
    ['our own deadline after the headers', new Error('no answer within 10000 ms'), { status: 200 }, AmbiguousAnswer],
  ])('%s', (_name, failure, wire, expected) => {
    expect(judge('order bot-1 in BTCUSDT', failure, wire)).toBeInstanceOf(expected);
  });

  it('keeps the time that the exchange named', () => {
    expect(judge('candles', answer(-1003), { status: 429, retryAfterMs: 7_000 })).toMatchObject({
      retryAfterMs: 7_000,
    });
  });

  it("keeps the exchange's code and words", () => {
    const judged = judge('order bot-1 in BTCUSDT', answer(-1013, 'Filter failure: LOT_SIZE'), { status: 400 });
    expect(judged).toMatchObject({ exchangeCode: -1013, exchangeMessage: 'Filter failure: LOT_SIZE' });
    expect(judged.message).toBe('exchange: order bot-1 in BTCUSDT: refused: Filter failure: LOT_SIZE (-1013)');
  });

  it.each([-2011, -2013, -2018])('knows %i as "no such order"', (code) => {
    expect(saysUnknownOrder(judge('find', answer(code), { status: 400 }))).toBe(true);
  });

  it('does not take a lost answer for "no such order"', () => {
    expect(saysUnknownOrder(judge('find', proxy(502), { status: 502 }))).toBe(false);
  });
});
