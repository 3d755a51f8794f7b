import { readFileSync } from 'node:fs';
import { defaultTradingConfig, Interval, TradingConfig } from '@bot-core/events';
import { z } from 'zod';

/** The file that `--config` names. Everything has a default. */
const PaperConfig = z.strictObject({
  trading: TradingConfig.partial().default({}),
  /** Candles that are in the past when the run starts: the model's training data and the first window. */
  history: z.int().min(200).default(1_000),
  balances: z.record(z.string(), z.string().regex(/^\d+(\.\d+)?$/)).default({ USDT: '10000' }),
  feeBps: z.number().min(0).default(10),
  spreadBps: z.number().min(0).default(1),
});
export type PaperConfig = z.infer<typeof PaperConfig>;

export interface PaperOptions {
  /** A candle file; without one the seeded generator makes the market. */
  readonly candles?: string;
  readonly symbol: string;
  readonly interval: Interval;
  /** Candles to play after the history; all of the file by default. */
  readonly limit?: number;
  /** lstm, momentum, mean-reversion. */
  readonly model: string;
  readonly seed: number;
  readonly config: PaperConfig;
}

export const models = ['lstm', 'momentum', 'mean-reversion'] as const;

/** @throws {Error} that names the file, the field and what was expected. */
export const readConfig = (file: string | undefined): PaperConfig => {
  if (!file) return PaperConfig.parse({});
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`paper: --config ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const parsed = PaperConfig.safeParse(json);
  if (!parsed.success) throw new Error(`paper: --config ${file}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

export const tradingConfigOf = ({ trading }: PaperConfig): TradingConfig => ({ ...defaultTradingConfig, ...trading });
