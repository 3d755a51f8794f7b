import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  commonSettings,
  ConfigurationError,
  flag,
  list,
  loadSettings,
  port,
  secretsOf,
  setting,
  url,
  wholeNumber,
} from '../src/index.ts';

const settings = {
  symbols: setting('SYMBOLS', 'What is traded.', list(z.string().regex(/^[A-Z]+$/, { error: 'expected capitals' }))),
  limit: setting('LIMIT', 'How many.', wholeNumber({ min: 1, max: 9 }), { default: '5' }),
  fast: setting('FAST', 'Whether to hurry.', flag(), { default: 'false' }),
  key: setting('API_KEY', 'The exchange key.', z.string().min(8, { error: 'expected 8 characters' }), { secret: true }),
  note: setting('NOTE', 'Anything.', z.string().optional()),
};

const faultsOf = (env: Record<string, string>, declared: Parameters<typeof loadSettings>[0] = settings) => {
  try {
    loadSettings(declared, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  throw new Error('no ConfigurationError');
};

describe('loading settings', () => {
  it('gives typed values, defaults where nothing is set, undefined for what is optional', () => {
    expect(loadSettings(settings, { SYMBOLS: 'BTC, ETH,', FAST: 'yes', API_KEY: 'abcdefgh' })).toEqual({
      symbols: ['BTC', 'ETH'],
      limit: 5,
      fast: true,
      key: 'abcdefgh',
    });
  });

  it('takes an empty value for an unset one', () => {
    expect(loadSettings({ limit: settings.limit }, { LIMIT: '' })).toEqual({ limit: 5 });
  });

  it('reports every fault together, with the variable, what it got and what it is', () => {
    const error = faultsOf({ SYMBOLS: 'btc', LIMIT: '10', FAST: 'maybe' });
    expect(error.faults.map((fault) => fault.env)).toEqual(['SYMBOLS', 'LIMIT', 'FAST', 'API_KEY']);
    expect(error.message).toBe(
      [
        'configuration: 4 settings are wrong. Set them in the environment and start again.',
        '  SYMBOLS: "btc" is refused: expected capitals. It is: What is traded.',
        '  LIMIT: "10" is refused: expected a whole number from 1 to 9. It is: How many.',
        '  FAST: "maybe" is refused: expected true or false. It is: Whether to hurry.',
        '  API_KEY: not set, and it has no default. It is: The exchange key.',
      ].join('\n'),
    );
  });

  it('never prints a secret, nor the password inside a URL', () => {
    const leaky = setting(
      'LEAKY',
      'A token.',
      z.string().refine(() => false, { error: 'no: hunter2222' }),
      {
        secret: true,
      },
    );
    const error = faultsOf(
      { API_KEY: 'short', LEAKY: 'hunter2222', DATABASE_URL: 'mysql://u:hunter3@db', NATS_URL: 'http://u:hunter4@bus' },
      { key: settings.key, leaky, database: commonSettings.databaseUrl, bus: commonSettings.natsUrl },
    );
    expect(error.faults).toHaveLength(4);
    expect(error.message).not.toMatch(/short|hunter/);
    expect(error.message).toContain('"http://***@bus"');
  });

  it('lists the texts to mask: each secret, and the password inside a URL', () => {
    const env = { DATABASE_URL: 'postgres://bot:p%40ss@db/x', NATS_URL: 'nats://a:visible@b', API_KEY: 'abc' };
    expect(secretsOf({ ...commonSettings, key: settings.key }, env)).toEqual([
      'postgres://bot:p%40ss@db/x',
      'p%40ss',
      'p@ss',
    ]);
  });
});

describe('the kinds of values', () => {
  it.each(['', '1.5', '1e3', '-1', '10 ', '0x10', '99999999999999999'])('refuses %j as a whole number', (text) => {
    expect(wholeNumber().safeParse(text).success).toBe(false);
  });

  it('takes ports from 0 to 65535', () => {
    expect([0, 65_535, 65_536].map((number) => port().safeParse(String(number)).success)).toEqual([true, true, false]);
  });

  it.each(['nats://a:1', 'nats://a:1,nats://b:2', 'tls://u:p@a'])('takes %s as the address of a bus', (text) => {
    expect(url('nats', 'tls').parse(text)).toBe(text);
  });

  it.each(['127.0.0.1:4222', 'http://a', 'nats://', 'nats:// a'])('refuses %s as the address of a bus', (text) => {
    expect(url('nats', 'tls').safeParse(text).success).toBe(false);
  });

  it.each(['esdb://127.0.0.1:2113?tls=false', 'esdb+discover://a:1,b:2?tls=true'])('takes %s as a ledger', (text) => {
    expect(commonSettings.eventStoreUrl.schema.parse(text)).toBe(text);
  });

  it.each(['a-b', 'A', '', 'a.b'])('refuses %j as a bot id: it is part of stream names', (text) => {
    expect(commonSettings.botId.schema.safeParse(text).success).toBe(false);
  });
});
