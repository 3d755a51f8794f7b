import { z } from 'zod';
import { type DataOf, messageDefinition } from './message.ts';
import { Interval, Price, TradingSymbol, UnixMs, Uuid } from './values.ts';

export const Direction = z
  .enum(['long', 'short', 'neutral'])
  .describe('long: expects a rise; short: expects a fall; neutral: asks for nothing');
export type Direction = z.infer<typeof Direction>;

/** Why a signal is neutral before any model was asked. */
export const SignalCause = z
  .enum(['model', 'warm-up', 'gap-in-window', 'no-model'])
  .describe(
    'model: judged by the model; warm-up: too few candles yet; gap-in-window: the exchange had an outage within the window; no-model: none is active',
  );
export type SignalCause = z.infer<typeof SignalCause>;

export const SignalEmitted = messageDefinition('SignalEmitted', 1, 'What a model thinks at the close of one candle', {
  signalId: Uuid.describe('UUIDv5 of symbol, interval, openTime and model id'),
  symbol: TradingSymbol,
  interval: Interval,
  openTime: UnixMs.describe('openTime of the candle that completed the window'),
  closeTime: UnixMs.describe('closeTime of that candle: the signal is as old as this'),
  price: Price.describe("That candle's close"),
  direction: Direction,
  probability: z.number().min(0).max(1).describe('Of a rise, as the model gives it; 0.5 where none was asked'),
  confidence: z.number().min(0).max(100).describe('0 to 100: how far the probability lies from undecided'),
  modelId: z.string().min(1).describe('The model or rule that made it'),
  modelType: z.string().min(1).describe('lstm, momentum, mean-reversion, …'),
  cause: SignalCause,
});
export type SignalEmitted = DataOf<typeof SignalEmitted>;
