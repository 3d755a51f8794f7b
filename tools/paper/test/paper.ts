import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/options.ts';
import { type PaperRun, runPaper } from '../src/run.ts';
import type { Summary } from '../src/summary.ts';

/** A run over generated candles with a rule that trades often, in a folder of its own that is gone afterwards. */
export const playGenerated = async (run: Partial<PaperRun> & { readonly limit: number }): Promise<Summary> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bot-core-e2e-'));
  try {
    return await runPaper({
      symbol: 'BTCUSDT',
      interval: '1h',
      model: 'momentum',
      seed: 7,
      config: { ...readConfig(undefined), history: 250, trading: { minConfidence: 40 } },
      env: { BINANCE_RECV_WINDOW_MS: '1000', POSITION_CHECK_INTERVAL_MS: '500' },
      ...run,
      dataDir,
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};

export const failures = ({ checks }: Summary) => checks.filter(({ holds }) => !holds);
