import { z } from 'zod';
import { Interval, TradingSymbol, UnixMs } from '../values.ts';
import { type EventOf, ledgerEvent } from './definition.ts';

/** The events of `model-<modelId>`. Written by the predictor. */

const modelId = z.string().min(1).describe('Derived from type, symbol, interval, data range, settings and seed');
const at = UnixMs.describe("closeTime of the newest candle known then, by the exchange's clock");

export const TrainingStarted = ledgerEvent('TrainingStarted', 1, 'A model is being trained', {
  modelId,
  modelType: z.string().describe('lstm, …'),
  symbol: TradingSymbol,
  interval: Interval,
  firstOpenTime: UnixMs.describe('First candle of the data'),
  lastOpenTime: UnixMs.describe('Last candle of the data'),
  candles: z.int().positive().describe('How many candles'),
  seed: z.int().describe('Of weights and shuffling'),
  at,
});
export const ModelTrained = ledgerEvent('ModelTrained', 1, 'Training ended and the artifact is stored', {
  modelId,
  artifactHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .describe('Of the stored artifact'),
  metrics: z.record(z.string(), z.number()).describe('By name, on the validation range unless the name says otherwise'),
  at,
});
export const ModelActivated = ledgerEvent('ModelActivated', 1, 'Signals come from this model from here on', {
  modelId,
  symbol: TradingSymbol,
  interval: Interval,
  at,
});
export const ModelRetired = ledgerEvent('ModelRetired', 1, 'Another model took its place', {
  modelId,
  replacedBy: modelId,
  at,
});

export const modelEvents = [TrainingStarted, ModelTrained, ModelActivated, ModelRetired] as const;
export type ModelEvent = EventOf<(typeof modelEvents)[number]>;
