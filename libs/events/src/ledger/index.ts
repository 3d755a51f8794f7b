import type { TradingSymbol } from '../values.ts';
import { type DecisionEvent, decisionEvents } from './decision.ts';
import { type LedgerEventDefinition, LedgerMetadata, readLedgerData, UnreadableLedgerEvent } from './definition.ts';
import { type ModelEvent, modelEvents } from './model.ts';
import { type PortfolioEvent, portfolioEvents } from './portfolio.ts';
import { traceparentOf } from '../ids.ts';
import type { JsonObject } from '../json.ts';

export * from './config.ts';
export * from './decision.ts';
export * from './definition.ts';
export * from './model.ts';
export * from './portfolio.ts';

export const ledgerStreams = {
  portfolio: (botId: string) => `portfolio-${botId}`,
  decision: (botId: string, symbol: TradingSymbol) => `decision-${botId}-${symbol}`,
  model: (modelId: string) => `model-${modelId}`,
  /** The executor's own: its state now and then, so that a start need not read the whole portfolio. Losing it costs time only. */
  snapshot: (botId: string) => `snapshot-${botId}`,
} as const;

/** Prefixes for subscriptions over several streams. */
export const ledgerPrefixes = { portfolio: 'portfolio-', decision: 'decision-', model: 'model-' } as const;

export const ledgerEventDefinitions = [...portfolioEvents, ...decisionEvents, ...modelEvents] as const;
export type AnyLedgerEvent = PortfolioEvent | DecisionEvent | ModelEvent;

const byType = new Map<string, LedgerEventDefinition>(
  ledgerEventDefinitions.map((definition) => [definition.type, definition]),
);

const definitionOf = (type: string) => {
  const definition = byType.get(type);
  if (!definition) throw new UnreadableLedgerEvent(type, 0, 'its type is unknown. Run a newer build.');
  return definition;
};

/** Where an event came from; becomes the metadata of what is appended. */
export interface Provenance {
  readonly correlationId: string;
  readonly causationId: string;
  readonly service: string;
  /** Named where several processes may decide the same: event ids do not tell whose append it was. */
  readonly instance?: string;
}

/** The form that the event store port appends. @throws {z.ZodError} when the data breaks its schema. */
export const toRecord = <E extends AnyLedgerEvent>(event: E, provenance: Provenance) => {
  const definition = definitionOf(event.type);
  return {
    id: event.id,
    type: event.type,
    data: definition.schema.parse(event.data) as JsonObject,
    metadata: {
      $correlationId: provenance.correlationId,
      $causationId: provenance.causationId,
      version: definition.version,
      service: provenance.service,
      ...(provenance.instance ? { instance: provenance.instance } : {}),
      traceparent: traceparentOf(provenance.correlationId, event.id),
    } satisfies LedgerMetadata,
  };
};

/** A recorded event as this build understands it, upcast and checked. @throws {UnreadableLedgerEvent} */
export const fromRecord = (record: { id: string; type: string; data: unknown; metadata: unknown }): AnyLedgerEvent => {
  const { version } = LedgerMetadata.parse(record.metadata);
  const data = readLedgerData(definitionOf(record.type), version, record.data as Record<string, unknown>);
  return { id: record.id, type: record.type, data } as AnyLedgerEvent;
};
