import { z } from 'zod';
import { decisionEvents, ledgerEventDefinitions, modelEvents, portfolioEvents } from './ledger/index.ts';
import { CandleClosed, CandlesMissing, PriceUpdated } from './market.ts';
import type { MessageDefinition } from './message.ts';
import { executorRpc, ingestRpc, predictorRpc, projectorRpc } from './requests.ts';
import { RpcError, type RpcDefinition } from './rpc.ts';
import { SignalEmitted } from './signal.ts';
import { ViewChanged } from './views.ts';

type Json = Record<string, unknown>;

/** Every message that travels on the bus, with the subject it travels on. */
export const busMessages: readonly {
  readonly subject: string;
  readonly stored: boolean;
  readonly definition: MessageDefinition;
}[] = [
  { subject: 'market.candle.{venue}.{symbol}.{interval}', stored: true, definition: CandleClosed },
  { subject: 'market.gap.{venue}.{symbol}.{interval}', stored: true, definition: CandlesMissing },
  { subject: 'market.price.{symbol}', stored: false, definition: PriceUpdated },
  { subject: 'signal.{symbol}.{interval}', stored: true, definition: SignalEmitted },
  { subject: 'view.{readModel}.{key}', stored: false, definition: ViewChanged },
];

export const rpcDefinitions: readonly RpcDefinition[] = [executorRpc, ingestRpc, predictorRpc, projectorRpc].flatMap(
  (service) => Object.values<RpcDefinition>(service),
);

const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as Json;
  return rest;
};

/** JSON Schema (draft 2020-12) of every message and ledger event, by `<type>.v<version>`. */
export const jsonSchemas = (): Json => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $comment: 'Generated from libs/events by `npm run docs:generate`. Do not edit.',
  $defs: Object.fromEntries(
    [...busMessages.map(({ definition }) => definition), ...ledgerEventDefinitions].map(
      ({ type, version, description, schema }) => [
        `${type}.v${version}`,
        { title: type, description, ...schemaOf(schema) },
      ],
    ),
  ),
});

/** AsyncAPI 3 document of the bus and the ledger. */
export const asyncApi = (): Json => {
  const channels: Json = {};
  const operations: Json = {};
  const messages: Json = {};
  const add = (id: string, address: string, description: string, carried: readonly string[]) => {
    const parameters = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, { description: `The ${name}` }]);
    channels[id] = {
      address,
      description,
      ...(parameters.length > 0 ? { parameters: Object.fromEntries(parameters) } : {}),
      messages: Object.fromEntries(carried.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    };
  };
  const operation = (id: string, action: 'send' | 'receive', channel: string, extra: Json = {}) => {
    operations[id] = { action, channel: { $ref: `#/channels/${channel}` }, ...extra };
  };

  for (const { subject, stored, definition } of busMessages) {
    const { type, version, description, schema } = definition;
    messages[type] = {
      name: `botcore.${type}.v${version}`,
      title: type,
      summary: description,
      contentType: 'application/json',
      headers: { $ref: '#/components/schemas/CloudEventHeaders' },
      payload: schemaOf(schema),
    };
    add(type, subject, stored ? 'JetStream: stored, at least once' : 'Core NATS: not stored', [type]);
    operation(`publish${type}`, 'send', type);
  }
  for (const { service, method, description, request, response } of rpcDefinitions) {
    const id = camel(`${service}-${method}`);
    messages[`${id}Request`] = {
      title: `${service} ${method}`,
      contentType: 'application/json',
      payload: schemaOf(request, 'input'),
    };
    messages[`${id}Response`] = {
      title: `${service} ${method} answer`,
      contentType: 'application/json',
      payload: { oneOf: [schemaOf(response), { $ref: '#/components/schemas/RpcError' }] },
    };
    add(id, `rpc.${service}.${method}`, description, [`${id}Request`, `${id}Response`]);
    operation(id, 'receive', id, {
      summary: description,
      messages: [{ $ref: `#/channels/${id}/messages/${id}Request` }],
      reply: { channel: { $ref: `#/channels/${id}` }, messages: [{ $ref: `#/channels/${id}/messages/${id}Response` }] },
    });
  }
  for (const { type, version, description, schema } of ledgerEventDefinitions)
    messages[type] = {
      name: `${type} v${version}`,
      title: type,
      summary: description,
      contentType: 'application/json',
      payload: schemaOf(schema),
    };
  for (const [name, definitions] of Object.entries({
    portfolio: portfolioEvents,
    decision: decisionEvents,
    model: modelEvents,
  }))
    add(
      `${name}Ledger`,
      `${name}-{${name}}`,
      'EventStoreDB stream: kept for ever',
      definitions.map(({ type }) => type),
    );

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Bot Core',
      version: '1.0.0',
      description:
        'Every message on the bus and every event in the ledger. Generated from libs/events by `npm run docs:generate`; do not edit.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: {
      messages,
      schemas: { RpcError: schemaOf(RpcError), CloudEventHeaders: cloudEventHeaders },
    },
  };
};

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const cloudEventHeaders: Json = {
  type: 'object',
  description: 'CloudEvents 1.0, binary mode, and W3C trace context',
  required: ['ce-id', 'ce-type', 'ce-source', 'ce-time', 'ce-subject', 'ce-correlationid', 'ce-causationid'],
  properties: {
    'ce-specversion': { type: 'string', const: '1.0' },
    'ce-id': { type: 'string', description: 'Derived from what the message stands for; also the dedupe id' },
    'ce-type': { type: 'string', description: 'botcore.<type>.v<version>' },
    'ce-source': { type: 'string', description: 'The service that made it' },
    'ce-time': { type: 'string', format: 'date-time', description: "When it happened, by the exchange's clock" },
    'ce-subject': { type: 'string', description: 'The bus subject' },
    'ce-correlationid': { type: 'string', description: 'Id of the message that started the chain' },
    'ce-causationid': { type: 'string', description: 'Id of the message that directly caused it' },
    traceparent: { type: 'string', description: 'W3C trace context, derived from the ids' },
  },
};
