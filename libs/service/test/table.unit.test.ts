import { expect, it } from 'vitest';
import { z } from 'zod';
import { commonSettings, configurationTable, setting } from '../src/index.ts';

const { natsUrl, databaseUrl } = commonSettings;
const rowOf = (table: string, env: string) => table.split('\n').find((line) => line.includes(`\`${env}\``));

it('has one row per variable, with its default, its readers and its meaning', () => {
  const table = configurationTable({
    ingest: { natsUrl, note: setting('NOTE', 'a | b', z.string().optional()) },
    projector: { natsUrl, databaseUrl },
  });
  expect(rowOf(table, 'NATS_URL')).toBe('| `NATS_URL` | `nats://127.0.0.1:4222` | every service | The message bus. |');
  expect(rowOf(table, 'DATABASE_URL')).toMatch(/^\| `DATABASE_URL` \| required, secret \| projector \|/);
  expect(rowOf(table, 'NOTE')).toBe('| `NOTE` | none | ingest | a \\| b |');
  expect(rowOf(table, 'INGEST_HTTP_PORT')).toContain('| `0` | ingest |');
  expect(rowOf(table, 'PROJECTOR_HTTP_PORT')).toContain('| `0` | projector |');
  expect(rowOf(table, 'LOG_LEVEL')).toContain('every service');
});

it('refuses two meanings of one variable', () => {
  const other = setting('NATS_URL', 'Another bus.', z.string());
  expect(() => configurationTable({ a: { natsUrl }, b: { other } })).toThrow(/NATS_URL is declared differently by b/);
});
