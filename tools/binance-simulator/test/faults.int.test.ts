import { describe, expect, it } from 'vitest';
import { bar, connected, inbox, openVenue, type Venue } from './support.ts';

const candles = Array.from({ length: 8 }, (_, index) => bar(index, 100, 104, 97, 100));
const now = { delay: 0, fastClose: true, keepClosed: true };
const orderPath = { method: 'POST', path: '/api/v3/order' };

const buy = (venue: Venue, id = 'mine') =>
  venue.client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1', newClientOrderId: id } as never);
const failure = (act: Promise<unknown>) =>
  act.then(
    () => 'accepted',
    (error: { code?: number | string; message: string }) => `${error.code} ${error.message}`.slice(0, 80),
  );
const orders = (venue: Venue) => Number(venue.state()['orders']);

describe('requests', () => {
  it('fail with a 5xx before they have an effect', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'error-before', count: 1, ...orderPath });
    expect(await failure(buy(venue))).toContain('503 Service Unavailable <html>');
    expect(orders(venue)).toBe(0);
    expect(await failure(buy(venue))).toBe('accepted');
  });
  it('fail with a 5xx after they have had it', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'error-after', count: 1, status: 500, ...orderPath });
    expect(await failure(buy(venue))).toContain('500 Internal Server Error');
    expect(await venue.client.getOrder({ symbol: 'BTCUSDT', origClientOrderId: 'mine' })).toMatchObject({
      status: 'FILLED',
    });
  });
  it('time out, with and without an effect', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'timeout-before', count: 1, ...orderPath });
    venue.fault({ kind: 'timeout-after', count: 1, ...orderPath });
    const words =
      '-1007 Timeout waiting for response from backend server. Send status unknown; execution status unknown.'.slice(
        0,
        80,
      );
    expect(await failure(buy(venue))).toBe(words);
    expect(orders(venue)).toBe(0);
    expect(await failure(buy(venue))).toBe(words);
    expect(orders(venue)).toBe(1);
  });
  it('lose their connection, with and without an effect', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'hang-up-before', count: 1, ...orderPath });
    venue.fault({ kind: 'hang-up-after', count: 1, ...orderPath });
    expect(await failure(buy(venue))).toContain('ECONNRESET');
    expect(orders(venue)).toBe(0);
    expect(await failure(buy(venue))).toContain('ECONNRESET');
    expect(orders(venue)).toBe(1);
  });
  it('are slow on their way in or out', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'latency-before', ms: 400, count: 1, ...orderPath });
    const late = buy(venue, 'late');
    await venue.client.ping();
    expect(orders(venue)).toBe(0);
    await late;
    venue.fault({ kind: 'latency-after', ms: 400, count: 1, ...orderPath });
    const { push, until } = inbox<any>();
    const stop = await venue.client.ws.user(push);
    let answered = false;
    const slow = buy(venue, 'slow').then(() => (answered = true));
    await until('the fill', (all) => all.some((one) => one.executionType === 'TRADE'));
    expect(answered).toBe(false);
    await slow;
    stop(now);
  });
  it('are turned away: 429, then a ban until it is lifted', async () => {
    await using venue = await openVenue({ candles });
    venue.fault({ kind: 'rate-limit', count: 1, retryAfterSeconds: 7 });
    const ping = () => fetch(`${venue.simulator.httpBase}/api/v3/ping`);
    const limited = await ping();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    venue.fault({ kind: 'ban', seconds: 30 });
    const banned = await ping();
    expect([banned.status, banned.headers.get('retry-after')]).toEqual([418, '30']);
    expect(await failure(venue.client.ping())).toContain('-1003 Way too much request weight used; IP banned until');
    venue.simulator.control({ op: 'faults', clear: true });
    expect((await ping()).status).toBe(200);
  });
  it('meet a server whose clock is off', async () => {
    await using venue = await openVenue({ candles });
    const before = Number(await venue.client.time());
    venue.fault({ kind: 'clock-skew', ms: 30_000 });
    expect(await venue.client.time()).toBe(before + 30_000);
    expect(await failure(venue.client.accountInfo())).toContain('-1021 Timestamp for this request is outside');
    venue.simulator.control({ op: 'faults', clear: true });
    expect(await failure(venue.client.accountInfo())).toBe('accepted');
  });
});

describe('sockets', () => {
  it('are dropped, and refused for a while', async () => {
    await using venue = await openVenue({ candles });
    const stop = venue.client.ws.candles('BTCUSDT', '1h', () => {});
    const stopUser = await venue.client.ws.user(() => {});
    await connected(venue, 'market');
    expect(venue.simulator.control({ op: 'faults', add: { kind: 'drop-sockets', streams: 'market' } })).toMatchObject({
      dropped: 1,
    });
    expect(venue.state()['connections']).toMatchObject({ user: 1 });
    while (venue.state()['connections'].market > 0) await new Promise((resolve) => setImmediate(resolve));
    venue.fault({ kind: 'refuse-sockets', count: 1, streams: 'user' });
    const refused = new WebSocket(venue.simulator.wsApi);
    await new Promise((resolve) => refused.addEventListener('error', resolve));
    const accepted = new WebSocket(venue.simulator.wsApi);
    await new Promise((resolve) => accepted.addEventListener('open', resolve));
    accepted.close();
    stop(now);
    stopUser(now);
  });
  it('fall silent while the exchange goes on', async () => {
    await using venue = await openVenue({ candles });
    const bars = inbox<any>();
    const reports = inbox<any>();
    const stop = venue.client.ws.candles('BTCUSDT', '1h', bars.push);
    const stopUser = await venue.client.ws.user(reports.push);
    await connected(venue, 'market');
    venue.fault({ kind: 'silence' });
    venue.advance();
    await buy(venue);
    venue.simulator.control({ op: 'faults', clear: true });
    venue.advance();
    await buy(venue, 'again');
    expect((await bars.until('a bar', (all) => all.length === 1))[0]).toMatchObject({
      startTime: candles[2]!.openTime,
    });
    expect((await reports.until('reports', (all) => all.length === 3))[0]).toMatchObject({ newClientOrderId: 'again' });
    stop(now);
    stopUser(now);
  });
});

describe('candles', () => {
  it('are missing from the stream, or from the exchange', async () => {
    await using venue = await openVenue({ candles });
    const bars = inbox<any>();
    const stop = venue.client.ws.candles('BTCUSDT', '1h', bars.push);
    await connected(venue, 'market');
    venue.fault({ kind: 'missing-candles', count: 1 });
    venue.advance();
    venue.fault({ kind: 'missing-candles', count: 1, where: 'everywhere' });
    venue.advance();
    const [only] = await bars.until('a bar', (all) => all.length === 1);
    expect(only.startTime).toBe(candles[3]!.openTime);
    const known = await venue.client.candles({ symbol: 'BTCUSDT', interval: '1h' } as never);
    expect(known.map(({ openTime }: { openTime: number }) => openTime)).toEqual(
      [0, 1, 3].map((index) => candles[index]!.openTime),
    );
    stop(now);
  });
});

describe('reports', () => {
  const reported = async (fault: object, count: number) => {
    await using venue = await openVenue({ candles, spreadBps: 0 });
    const { push, until } = inbox<any>();
    const stop = await venue.client.ws.user(push);
    venue.fault(fault);
    await buy(venue);
    const all = await until('the reports', (messages) => messages.length === count);
    stop(now);
    return all.map((one) => one.executionType ?? one.eventType);
  };
  it('come twice', async () => {
    expect(await reported({ kind: 'duplicate-reports', count: 2 }, 5)).toEqual([
      'NEW',
      'NEW',
      'TRADE',
      'TRADE',
      'outboundAccountPosition',
    ]);
  });
  it('come in another order', async () => {
    expect(await reported({ kind: 'reordered-reports' }, 3)).toEqual(['outboundAccountPosition', 'TRADE', 'NEW']);
  });
  it('do not come', async () => {
    expect(await reported({ kind: 'lost-reports', count: 2 }, 1)).toEqual(['outboundAccountPosition']);
  });
  it('come late', async () => {
    expect(await reported({ kind: 'stream-latency', ms: 20, streams: 'user' }, 3)).toEqual([
      'NEW',
      'TRADE',
      'outboundAccountPosition',
    ]);
  });
  it('tell of fills in parts', async () => {
    expect(await reported({ kind: 'partial-fills', parts: 3 }, 5)).toEqual([
      'NEW',
      'TRADE',
      'TRADE',
      'TRADE',
      'outboundAccountPosition',
    ]);
  });
});

it('a resting order is filled part by part', async () => {
  await using venue = await openVenue({ candles });
  venue.fault({ kind: 'partial-fills', parts: 3 });
  await venue.client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '1', price: '98' } as never);
  expect(venue.advance()).toMatchObject({
    phase: 'path',
    trades: [{ tradeId: 1 }, { tradeId: 2 }],
    orders: [{}, { status: 'PARTIALLY_FILLED' }],
  });
  expect(await venue.client.openOrders({ symbol: 'BTCUSDT' })).toMatchObject([{ executedQty: '0.66666000' }]);
  venue.closeBar();
  expect(venue.advance()).toMatchObject({ orders: [{ status: 'FILLED' }] });
});

it('a fault that makes no sense is answered with what would', async () => {
  await using venue = await openVenue({ candles });
  expect(venue.simulator.control({ id: 4, op: 'faults', add: { kind: 'gremlin' } })).toMatchObject({
    id: 4,
    error: expect.stringContaining('none of latency-before'),
  });
  expect(venue.simulator.control({ op: 'dance' })).toMatchObject({
    error: expect.stringContaining('none of advance, state'),
  });
});
