import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { asyncApi, busMessages, jsonSchemas, rpcDefinitions } from '../src/documents.ts';
import { ledgerEventDefinitions } from '../src/index.ts';

it('describes the bus and the ledger in valid AsyncAPI 3', async () => {
  const { document, diagnostics } = await new Parser().parse(stringify(asyncApi(), { aliasDuplicateObjects: false }));
  expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
  expect(document?.version()).toBe('3.0.0');
  expect(document?.channels().length).toBe(busMessages.length + rpcDefinitions.length + 3);
});

it('has a JSON Schema for every message and every ledger event', () => {
  const names = Object.keys(jsonSchemas()['$defs'] as object);
  expect(names).toEqual(
    [...busMessages.map(({ definition }) => definition), ...ledgerEventDefinitions].map(
      ({ type, version }) => `${type}.v${version}`,
    ),
  );
});

describe('every field says what it is', () => {
  it.each(
    [...busMessages.map(({ definition }) => definition), ...ledgerEventDefinitions].map(
      (definition) => [definition.type, definition] as const,
    ),
  )('%s', (_type, { schema }) => {
    const { properties } = z.toJSONSchema(schema) as { properties: Record<string, { description?: string }> };
    expect(Object.entries(properties).filter(([, { description }]) => !description)).toEqual([]);
  });
});
