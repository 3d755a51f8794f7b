import { z } from 'zod';
import { Direction } from '../signal.ts';
import { Interval, Price, TradingSymbol, UnixMs, Uuid } from '../values.ts';
import { type EventOf, ledgerEvent } from './definition.ts';

/** The events of `decision-<botId>-<symbol>`: signals that asked for something and were refused. */

export const RejectionReason = z.enum([
  'bot-stopped',
  'disabled',
  'stale-signal',
  'low-confidence',
  'position-exists',
  'no-position',
  'order-pending',
  'max-positions',
  'insufficient-balance',
  'below-minimum',
]);
export type RejectionReason = z.infer<typeof RejectionReason>;

export const SignalRejected = ledgerEvent(
  'SignalRejected',
  1,
  'A signal was refused, with the figures that led to it',
  {
    signalId: Uuid.describe('The signal'),
    symbol: TradingSymbol,
    interval: Interval,
    openTime: UnixMs.describe("openTime of the signal's candle"),
    direction: Direction,
    confidence: z.number().describe('As the signal gave it, 0 to 100'),
    modelId: z.string().describe('The model that made the signal'),
    price: Price.describe("The close of the signal's candle"),
    reason: RejectionReason.describe('The first rule that refused'),
    figures: z.record(z.string(), z.string()).describe('What the rule compared, by name, as decimal strings or words'),
    configVersion: z.int().nonnegative().describe('The settings it was judged by; 0 before the first'),
    at: UnixMs.describe("When it was judged, by the exchange's clock"),
  },
);

export const decisionEvents = [SignalRejected] as const;
export type DecisionEvent = EventOf<(typeof decisionEvents)[number]>;
