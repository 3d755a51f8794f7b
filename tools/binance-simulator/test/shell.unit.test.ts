import { describe, expect, it } from 'vitest';
import { parseClockMode, SimulatedClock } from '../src/clock/clock.ts';
import { Faults, parseFault } from '../src/faults/faults.ts';
import { checkSignature, checkTimestamp, hmac } from '../src/rest/auth.ts';
import { Limits } from '../src/rest/limits.ts';
import { Params } from '../src/rest/params.ts';
import { refusal } from './exchange.ts';

const params = (query: string) => new Params(new URLSearchParams(query));

describe('clocks', () => {
  it('are named', () => {
    expect(parseClockMode('settled')).toEqual({ kind: 'settled' });
    expect(parseClockMode('realtime')).toEqual({ kind: 'running', speed: 1 });
    expect(parseClockMode('x60')).toEqual({ kind: 'running', speed: 60 });
    expect(() => parseClockMode('fast')).toThrow("clock 'fast' is not realtime, settled or xN");
  });
  it('when settled stand, and never go back', () => {
    const clock = new SimulatedClock({ kind: 'settled' }, 1000);
    expect(clock.moveTo(2000)).toBe(2000);
    expect(clock.moveTo(1500)).toBe(2000);
    expect(clock.now()).toBe(2000);
  });
});

describe('parameters', () => {
  it.each([
    [
      () => params('').required('symbol'),
      "-1102 Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    ],
    [
      () => params('q=1e5').decimal('q'),
      "-1100 Illegal characters found in parameter 'q'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [() => params('q=0.123456789').decimal('q'), "-1111 Parameter 'q' has too much precision."],
    [
      () => params('id=a b').clientId('id'),
      "-1100 Illegal characters found in parameter 'id'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [() => params('limit=0').limit(500, 1000), "-1130 Data sent for parameter 'limit' is not valid."],
    [
      () => params('symbols=BTC').symbols(),
      '-1100 Illegal characters found in parameter \'symbols\'; legal range is \'^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*\\]$\'.',
    ],
  ])('are refused as on the exchange', (read, words) => {
    expect(refusal(read)).toBe(words);
  });
});

describe('signed requests', () => {
  const credentials = { apiKey: 'key', apiSecret: 'secret' };
  it('may lie a second ahead of the server and recvWindow behind it', () => {
    const at = (timestamp: number, more = '') =>
      refusal(() => checkTimestamp(params(`timestamp=${timestamp}${more}`), 100_000));
    expect(at(100_999)).toBe('accepted');
    expect(at(101_000)).toBe("-1021 Timestamp for this request was 1000ms ahead of the server's time.");
    expect(at(95_000)).toBe('accepted');
    expect(at(94_999)).toBe('-1021 Timestamp for this request is outside of the recvWindow.');
    expect(at(94_999, '&recvWindow=6000')).toBe('accepted');
    expect(at(94_999, '&recvWindow=60001')).toContain('-1102');
  });
  it('are signed over query and body, wherever the signature stands', () => {
    const check = (query: string, body: string) => refusal(() => checkSignature(credentials, query, body));
    expect(check(`a=1&b=2&signature=${hmac('secret', 'a=1&b=2')}`, '')).toBe('accepted');
    expect(check('a=1', `b=2&signature=${hmac('secret', 'a=1b=2')}`)).toBe('accepted');
    expect(check(`signature=${hmac('secret', 'a=1')}&a=1`, '')).toBe('accepted');
    expect(check(`a=2&signature=${hmac('secret', 'a=1')}`, '')).toBe('-1022 Signature for this request is not valid.');
    expect(check('a=1', '')).toContain("-1102 Mandatory parameter 'signature'");
  });
});

describe('limits', () => {
  const small = { weightPerMinute: 10, ordersPer10Seconds: 2, ordersPerDay: 3 };
  it('refuse over the weight, ban who goes on, and begin anew with the clock’s next minute', () => {
    const clock = new SimulatedClock({ kind: 'settled' }, 60_000);
    const limits = new Limits(small, clock);
    limits.spend(10);
    expect(refusal(() => limits.spend(1))).toContain(
      '-1003 Too much request weight used; current limit is 10 request weight per 1 MINUTE.',
    );
    clock.moveTo(120_000);
    expect(refusal(() => limits.spend(10))).toBe('accepted');
    for (let time = 0; time < 9; time += 1) refusal(() => limits.spend(1));
    expect(refusal(() => limits.spend(1))).toBe(
      '-1003 Way too much request weight used; IP banned until 240000. Please use WebSocket Streams for live updates to avoid bans.',
    );
    limits.lift();
    clock.moveTo(180_000);
    expect(refusal(() => limits.spend(1))).toBe('accepted');
  });
  it('count orders', () => {
    const clock = new SimulatedClock({ kind: 'settled' }, 60_000);
    const limits = new Limits(small, clock);
    limits.spendOrders(2);
    expect(refusal(() => limits.spendOrders(1))).toBe(
      '-1015 Too many new orders; current limit is 2 orders per 10 SECOND.',
    );
    clock.moveTo(70_000);
    expect(refusal(() => limits.spendOrders(1))).toBe(
      '-1015 Too many new orders; current limit is 3 orders per 1 DAY.',
    );
  });
});

describe('faults', () => {
  it('strike as often as they say, where they say', () => {
    const faults = new Faults();
    faults.add(parseFault({ kind: 'error-before', path: '/api/v3/order', method: 'POST', count: 2 }));
    const strike = (method: string) => faults.takeRequest('error-before', method, '/api/v3/order') !== undefined;
    expect([strike('GET'), strike('POST'), strike('POST'), strike('POST')]).toEqual([false, true, true, false]);
    expect(faults.list()).toEqual([]);
  });
  it.each([
    [{ kind: 'gremlin' }, 'fault kind gremlin is none of'],
    [{ kind: 'timeout-after', ms: 3 }, 'fault timeout-after has no field ms'],
    [{ kind: 'partial-fills' }, 'fault partial-fills needs the field parts'],
    [{ kind: 'silence', streams: 'some' }, 'field streams of fault silence must be one of market, user, all'],
    [{ kind: 'clock-skew', ms: '1' }, 'field ms of fault clock-skew must be a number'],
  ])('that make no sense are refused: %j', (fault, words) => {
    expect(() => parseFault(fault)).toThrow(words);
  });
});
