import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CandleClosed,
  candleId,
  clientOrderIdFor,
  decodeMessage,
  encodeMessage,
  fromRecord,
  idOf,
  ledgerEvent,
  type Message,
  parseCandleSubject,
  parseSignalSubject,
  price,
  quantity,
  readLedgerData,
  signalId,
  subjects,
  toRecord,
  tradingSymbol,
  UndecodableMessage,
  unixMs,
  UnreadableLedgerEvent,
} from '../src/index.ts';

const BTCUSDT = tradingSymbol('BTCUSDT');
const candle: CandleClosed = {
  venue: 'spot',
  symbol: BTCUSDT,
  interval: '1h',
  openTime: unixMs(1_617_566_400_000),
  closeTime: unixMs(1_617_569_999_999),
  open: price('57953.86'),
  high: price('58051.25'),
  low: price('57826.16'),
  close: price('58025.11'),
  volume: quantity('1240.209016'),
};
const id = candleId('spot', BTCUSDT, '1h', candle.openTime);
const message: Message<CandleClosed> = {
  id,
  definition: CandleClosed,
  source: 'ingest',
  time: unixMs(1_617_570_000_000),
  subject: subjects.candle('spot', BTCUSDT, '1h'),
  correlationId: id,
  causationId: id,
  data: candle,
};

describe('ids', () => {
  it('are the same for the same thing and differ for another, wherever a boundary lies', () => {
    expect(candleId('spot', BTCUSDT, '1h', candle.openTime)).toBe(id);
    expect(idOf('a', 'bc')).not.toBe(idOf('ab', 'c'));
    expect(signalId(BTCUSDT, '1h', candle.openTime, 'momentum')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('never change: a ledger written by an older build must still match', () => {
    expect(id).toBe('c2012c38-ed0b-5ca4-a26c-8f08440ae365');
    expect(clientOrderIdFor('entry', 'main/1')).toMatch(/^bot-[0-9a-f]{24}$/);
  });
});

describe('subjects', () => {
  it('are parsed to what they were built from', () => {
    expect(parseCandleSubject(subjects.candle('spot', BTCUSDT, '1h'))).toEqual({
      venue: 'spot',
      symbol: 'BTCUSDT',
      interval: '1h',
    });
    expect(parseSignalSubject(subjects.signal(BTCUSDT, '1h'))).toEqual({ symbol: 'BTCUSDT', interval: '1h' });
    expect(() => parseSignalSubject('market.candle.spot.BTCUSDT.1h')).toThrow('is not a signal subject');
    expect(() => parseCandleSubject('signal.BTCUSDT.1h')).toThrow('is not a candle subject');
  });
});

describe('a message', () => {
  const { headers, payload } = encodeMessage(message);
  const decode = (changes: Record<string, string | undefined> = {}, body = payload) =>
    decodeMessage((name) => ({ ...headers, ...changes })[name], body, [CandleClosed]);

  it('comes back as it was sent, as a CloudEvent in binary mode', () => {
    const { definition: _, ...rest } = message;
    expect(decode()).toEqual({ ...rest, type: 'CandleClosed' });
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'botcore.CandleClosed.v1',
      'content-type': 'application/json',
    });
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it.each([
    ['missing-header', { 'ce-id': undefined }, payload],
    ['unknown-type', { 'ce-type': 'botcore.Weather.v1' }, payload],
    ['unknown-version', { 'ce-type': 'botcore.CandleClosed.v2' }, payload],
    ['not-json', {}, '{'],
    ['schema-mismatch', {}, JSON.stringify({ ...candle, close: 58025.11 })],
    ['schema-mismatch', {}, JSON.stringify({ ...candle, surprise: true })],
  ])('that cannot be read says why: %s', (reason, changes, body) => {
    expect(() => decode(changes, body)).toThrow(UndecodableMessage);
    expect(() => decode(changes, body)).toThrow(`(${reason})`);
  });

  it('with wrong data is never sent', () => {
    expect(() => encodeMessage({ ...message, data: { ...candle, close: '-1' as typeof candle.close } })).toThrow(
      z.ZodError,
    );
  });
});

describe('a ledger event', () => {
  it('comes back from its record as it went in', () => {
    const event = {
      id: idOf('BotStarted', 'main', 'r'),
      type: 'BotStarted',
      data: { by: 'operator', at: unixMs(1) },
    } as const;
    const record = toRecord(event, { correlationId: id, causationId: id, service: 'executor' });
    expect(record.metadata).toMatchObject({
      $correlationId: id,
      $causationId: id,
      version: 1,
      service: 'executor',
    });
    expect(fromRecord(record)).toEqual(event);
  });

  /** A definition as it would look after two changes: v1 named the asset `coin`, v2 had no fee. */
  const Paid = ledgerEvent(
    'Paid',
    3,
    'Something was paid',
    { asset: z.string(), amount: z.string(), fee: z.string() },
    { 1: ({ coin, ...rest }) => ({ ...rest, asset: coin }), 2: (data) => ({ ...data, fee: '0' }) },
  );

  it('of an old version is brought up to date on reading', () => {
    expect(readLedgerData(Paid, 1, { coin: 'USDT', amount: '5' })).toEqual({ asset: 'USDT', amount: '5', fee: '0' });
    expect(readLedgerData(Paid, 2, { asset: 'USDT', amount: '5' })).toEqual({ asset: 'USDT', amount: '5', fee: '0' });
  });

  it('that this build cannot read stops the reading', () => {
    expect(() => readLedgerData(Paid, 4, {})).toThrow('Run a newer build');
    expect(() => readLedgerData(Paid, 3, { asset: 'USDT' })).toThrow(UnreadableLedgerEvent);
    expect(() => readLedgerData(Paid, 0, {})).toThrow('no upcast from version 0');
    expect(() =>
      fromRecord({
        id,
        type: 'Unheard',
        data: {},
        metadata: toRecord(
          { id, type: 'BotStarted', data: { by: 'x', at: unixMs(1) } },
          { correlationId: id, causationId: id, service: 's' },
        ).metadata,
      }),
    ).toThrow('its type is unknown');
  });
});
