import { z } from 'zod';

const percent = (description: string) => z.number().positive().max(100).describe(`${description}, percent`);

/** The settings that decide what is traded and how much is risked. Changed by command, versioned in the ledger. */
export const TradingConfig = z.strictObject({
  enabled: z.boolean().describe('False refuses every entry; exits and protection go on'),
  minConfidence: z.number().min(0).max(100).describe('A signal must be more confident than this, 0 to 100'),
  maxPositions: z.int().positive().describe('Positions open at the same time, over all symbols'),
  riskPerTradePct: percent('Of equity lost when the stop-loss is hit'),
  stopLossPct: percent('Distance of the stop-loss below the entry price'),
  takeProfitPct: percent('Distance of the take-profit above the entry price'),
  stopLimitOffsetPct: percent('How far below its trigger the stop-loss may still sell'),
  maxSignalAgeMs: z.int().positive().describe('An older signal is stale, milliseconds since the close of its candle'),
});
export type TradingConfig = z.infer<typeof TradingConfig>;

export const defaultTradingConfig: TradingConfig = {
  enabled: true,
  minConfidence: 75,
  maxPositions: 3,
  riskPerTradePct: 1,
  stopLossPct: 2,
  takeProfitPct: 4,
  stopLimitOffsetPct: 1,
  maxSignalAgeMs: 60_000,
};
