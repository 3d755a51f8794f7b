import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Interval } from '@bot-core/events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { models, readConfig } from './options.ts';
import { runPaper } from './run.ts';
import { printed } from './summary.ts';

interface Flags {
  candles?: string;
  symbol: string;
  interval: Interval;
  limit?: number;
  model: string;
  config?: string;
  seed: number;
  data?: string;
  json: boolean;
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 up.');
  return Number(text);
};

const flags = new Command('paper')
  .description(
    'Plays candles through the whole system, as fast as it digests them, and audits what came of it. Exits 1 when a cross-check fails.',
  )
  .option(
    '--candles <file>',
    'CSV, gzip too, or the exchange’s own kline CSV or ZIP; without one a seeded generator makes the market',
  )
  .option('--symbol <symbol>', 'the market', 'BTCUSDT')
  .addOption(new Option('--interval <interval>', 'of the candles').choices(Interval.options).default('1h'))
  .option(
    '--limit <n>',
    'candles to play after the history; all of the file by default, 500 when generated',
    wholeNumber,
  )
  .addOption(new Option('--model <name>', 'the trained LSTM, or a rule').choices(models).default('lstm'))
  .option('--config <file>', 'JSON: trading settings, history, balances, fees')
  .option('--seed <n>', 'of the generator, and of the model’s weights', wholeNumber, 1)
  .option('--data <folder>', 'keep data and logs there; by default a temporary folder, removed when all is well')
  .option('--json', 'print the summary as JSON', false)
  .parse()
  .opts<Flags>();

const say = (line: string) => process.stderr.write(`${line}\n`);

let dataDir: string | undefined;
try {
  const { data, json, config: configFile, ...options } = flags;
  const config = readConfig(configFile);
  dataDir = data ?? (await mkdtemp(join(tmpdir(), 'bot-core-paper-')));
  let shown = performance.now();
  const summary = await runPaper({
    ...options,
    ...(options.candles || options.limit ? {} : { limit: 500 }),
    config,
    dataDir,
    onLog: say,
    onCandle: (played, total) => {
      if (performance.now() - shown < 5_000) return;
      shown = performance.now();
      say(`${played}${total ? ` of ${total}` : ''} candles`);
    },
  });
  process.stdout.write(`${json ? JSON.stringify(summary, null, 2) : printed(summary)}\n`);
  const failed = summary.checks.some(({ holds }) => !holds);
  if (failed) process.exitCode = 1;
  if (failed || data) say(`data and logs: ${dataDir}`);
  else await rm(dataDir, { recursive: true, force: true });
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (dataDir) say(`data and logs: ${dataDir}`);
  process.exitCode = 1;
}
