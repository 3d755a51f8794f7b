import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { patterns } from '@bot-core/events';
import { Command } from 'commander';
import pg from 'pg';
import { readConfig } from './options.ts';
import { runPaper, type RunParts } from './run.ts';

/** Where a candle's time goes: every hop of the running system beside the raw cost of that hop, on the same servers. */

const flags = new Command('bench:spine')
  .description(
    'Plays candles through the system and prints the p50 and p99 of each hop, beside the raw cost of the same hop.',
  )
  .option('--candles <file>', 'as for paper; the seeded generator by default')
  .option('--symbol <symbol>', 'the market', 'BTCUSDT')
  .option('--limit <n>', 'candles to play', '3000')
  .option('--config <file>', 'as for paper')
  .parse()
  .opts<{ candles?: string; symbol: string; limit: string; config?: string }>();

const hops = {
  'exchange → candle stored (ingest)': createHistogram(),
  'candle stored → signal stored (predictor)': createHistogram(),
  'signal stored → acknowledged (executor), no order': createHistogram(),
  'signal stored → acknowledged (executor), with orders': createHistogram(),
  'position event in the ledger → read model committed (projector)': createHistogram(),
  'the whole candle, settled': createHistogram(),
};
const raw = {
  'publish to JetStream, confirmed': createHistogram(),
  'publish → consumed by a pull consumer': createHistogram(),
  'append one event to the ledger': createHistogram(),
  'insert one row in PostgreSQL, committed': createHistogram(),
};
const rawRounds = 2_000;

let advancedAt = 0;
let candleAt = 0;
let signalAt = 0;
let ledgerAt = 0;
let events = 0;

const since = (histogram: RecordableHistogram, start: number): void =>
  histogram.record(Math.max(1, Math.round((performance.now() - start) * 1_000)));

const watch = ({ bus, books }: RunParts): void => {
  const { connection } = bus;
  connection.subscribe(patterns.candles, {
    callback: () => {
      since(hops['exchange → candle stored (ingest)'], advancedAt);
      candleAt = performance.now();
    },
  });
  connection.subscribe(patterns.signals, {
    callback: () => {
      since(hops['candle stored → signal stored (predictor)'], candleAt);
      signalAt = performance.now();
      events = books.events.length;
    },
  });
  connection.subscribe('$JS.ACK.SIGNALS.executor-signals.>', {
    callback: () => {
      const traded = books.events.slice(events).some(({ type }) => type === 'OrderRequested');
      since(hops[`signal stored → acknowledged (executor), ${traded ? 'with orders' : 'no order'}`], signalAt);
    },
  });
  connection.subscribe('view.positions.>', {
    callback: () => {
      if (ledgerAt === 0) return;
      since(hops['position event in the ledger → read model committed (projector)'], ledgerAt);
      ledgerAt = 0;
    },
  });
  void (async () => {
    for (let seen = books.events.length; ; seen += 1) {
      await books.until(({ events: all }) => all.length > seen);
      if (/^Position(Opened|Closed)$/.test(books.events[seen]?.type ?? '')) ledgerAt = performance.now();
    }
  })();
};

const measureRaw = async ({ bus, ledger, system }: RunParts): Promise<void> => {
  const manager = await jetstreamManager(bus.connection);
  await manager.streams.add({ name: 'BENCH', subjects: ['bench.>'] });
  const publisher = jetstream(bus.connection);
  const payload = JSON.stringify({ filler: 'x'.repeat(300) });
  for (let round = 0; round < rawRounds; round += 1) {
    const start = performance.now();
    await publisher.publish('bench.publish', payload);
    since(raw['publish to JetStream, confirmed'], start);
  }
  await manager.consumers.add('BENCH', {
    durable_name: 'bench',
    ack_policy: AckPolicy.Explicit,
    filter_subject: 'bench.hop',
  });
  const messages = await (await publisher.consumers.get('BENCH', 'bench')).consume();
  const iterator = messages[Symbol.asyncIterator]();
  for (let round = 0; round < rawRounds; round += 1) {
    const start = performance.now();
    await Promise.all([
      publisher.publish('bench.hop', payload),
      iterator.next().then(({ value }) => (value as { ack(): void }).ack()),
    ]);
    since(raw['publish → consumed by a pull consumer'], start);
  }
  messages.stop();
  for (let round = 0; round < rawRounds; round += 1) {
    const event = { id: crypto.randomUUID(), type: 'Measured', data: { filler: 'x'.repeat(300) }, metadata: {} };
    const start = performance.now();
    await ledger.append('bench', [event], round === 0 ? 'no-stream' : round - 1);
    since(raw['append one event to the ledger'], start);
  }
  const client = new pg.Client({ connectionString: system.services['postgres']?.url });
  await client.connect();
  await client.query('CREATE TABLE bench (id int PRIMARY KEY, filler text)');
  for (let round = 0; round < rawRounds; round += 1) {
    const start = performance.now();
    await client.query('INSERT INTO bench VALUES ($1, $2)', [round, 'x'.repeat(300)]);
    since(raw['insert one row in PostgreSQL, committed'], start);
  }
  await client.end();
};

const table = (title: string, histograms: Readonly<Record<string, RecordableHistogram>>): string => {
  const width = 66;
  const ms = (micros: number) => `${(micros / 1_000).toFixed(2)} ms`.padStart(10);
  const rows = Object.entries(histograms).map(
    ([name, histogram]) =>
      `${name.padEnd(width)}${String(histogram.count).padStart(7)}${ms(histogram.percentile(50))}${ms(histogram.percentile(99))}`,
  );
  return [`${title.padEnd(width)}${'count'.padStart(7)}${'p50'.padStart(10)}${'p99'.padStart(10)}`, ...rows].join('\n');
};

const dataDir = await mkdtemp(join(tmpdir(), 'bot-core-bench-'));
const summary = await runPaper({
  ...(flags.candles ? { candles: flags.candles } : {}),
  symbol: flags.symbol,
  interval: '1h',
  limit: Number(flags.limit),
  model: 'momentum',
  seed: 1,
  config: readConfig(flags.config),
  dataDir,
  onStart: watch,
  onAdvance: () => (advancedAt = performance.now()),
  onCandle: () => since(hops['the whole candle, settled'], advancedAt),
  onEnd: measureRaw,
});
await rm(dataDir, { recursive: true, force: true });
process.stdout.write(
  `${[table('hop', hops), '', table('the same hops, raw', raw), '', `${summary.candles.played} candles in ${summary.seconds.toFixed(1)} s: ${summary.candlesPerSecond.toFixed(0)} candles/s`].join('\n')}\n`,
);
