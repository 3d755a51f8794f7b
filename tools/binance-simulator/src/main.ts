import { Command } from 'commander';
import type { SimulatorOptions, Source } from './options.ts';
import { startSimulator } from './simulator.ts';

interface Flags {
  port: string;
  host: string;
  controlPort?: string;
  candles: string[];
  symbol: string[];
  interval?: string;
  history: string;
  limit?: string;
  clock: string;
  seed: string;
  balance: string[];
  feeBps: string;
  bnbBurn: boolean;
  bnbPrice?: string;
  spreadBps: string;
  depth?: string;
  updates?: string;
  apiKey?: string;
  apiSecret?: string;
}

const collect = (value: string, before: string[]): string[] => [...before, ...value.split(',')];

const number = (name: string, text: string): number => {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error(`simulator: --${name} ${text} is not a number`);
  return value;
};

/** `SYMBOL=FILE`, or FILE beside a `--symbol`; symbols without a file are generated. */
const sourcesOf = (flags: Flags): Source[] => {
  const symbols = [...flags.symbol];
  const files = flags.candles.map((entry): Source => {
    const named = /^([A-Z0-9]+)=(.+)$/.exec(entry);
    if (named) return { symbol: named[1]!, file: named[2]! };
    const symbol = symbols.shift();
    return symbol === undefined ? { file: entry } : { symbol, file: entry };
  });
  return [...files, ...symbols.map((symbol) => ({ symbol }))];
};

const balancesOf = (entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    entries.map((entry) => {
      const [asset = '', amount = ''] = entry.split('=');
      if (!/^[A-Z0-9]+$/.test(asset) || !/^\d+(\.\d+)?$/.test(amount))
        throw new Error(`simulator: --balance ${entry} is not ASSET=AMOUNT, for example USDT=10000`);
      return [asset, amount];
    }),
  );

const updatesOf = (value: string | undefined): 'path' | 'close' | undefined => {
  if (value === undefined || value === 'path' || value === 'close') return value;
  throw new Error(`simulator: --updates ${value} is neither path nor close`);
};

const optionsOf = (flags: Flags): SimulatorOptions => {
  const updates = updatesOf(flags.updates);
  return {
    port: number('port', flags.port),
    host: flags.host,
    sources: sourcesOf(flags),
    history: number('history', flags.history),
    clock: flags.clock,
    seed: number('seed', flags.seed),
    feeBps: number('fee-bps', flags.feeBps),
    spreadBps: number('spread-bps', flags.spreadBps),
    bnbBurn: flags.bnbBurn,
    ...(flags.controlPort === undefined ? {} : { controlPort: number('control-port', flags.controlPort) }),
    ...(flags.interval === undefined ? {} : { interval: flags.interval }),
    ...(flags.limit === undefined ? {} : { limit: number('limit', flags.limit) }),
    ...(flags.balance.length === 0 ? {} : { balances: balancesOf(flags.balance) }),
    ...(flags.bnbPrice === undefined ? {} : { bnbPrice: flags.bnbPrice }),
    ...(flags.depth === undefined ? {} : { depth: flags.depth }),
    ...(updates === undefined ? {} : { updates }),
    ...(flags.apiKey === undefined ? {} : { apiKey: flags.apiKey }),
    ...(flags.apiSecret === undefined ? {} : { apiSecret: flags.apiSecret }),
  };
};

const env = (name: string): string | undefined => process.env[`SIMULATOR_${name}`];

const command = new Command('binance-simulator')
  .description(
    'A local exchange that speaks Binance spot. Each flag has a variable SIMULATOR_<FLAG>, e.g. SIMULATOR_PORT.',
  )
  .option('--port <port>', '0 takes a free one', env('PORT') ?? '0')
  .option('--host <host>', 'address to listen on', env('HOST') ?? '127.0.0.1')
  .option('--control-port <port>', 'a port of its own for /control', env('CONTROL_PORT'))
  .option(
    '--candles <file>',
    'CSV, .gz or .zip; SYMBOL=FILE or FILE; repeatable',
    collect,
    env('CANDLES')?.split(',') ?? [],
  )
  .option(
    '--symbol <symbol>',
    'of the file without one, or to generate; repeatable',
    collect,
    env('SYMBOL')?.split(',') ?? [],
  )
  .option('--interval <interval>', 'of the candles, e.g. 1h', env('INTERVAL'))
  .option('--history <n>', 'candles that are in the past at the start', env('HISTORY') ?? '500')
  .option('--limit <n>', 'candles of each symbol to play after them', env('LIMIT'))
  .option('--clock <mode>', 'settled, realtime or xN', env('CLOCK') ?? 'settled')
  .option('--seed <n>', 'of the generator', env('SEED') ?? '1')
  .option('--balance <asset=amount>', 'repeatable; default USDT=10000', collect, env('BALANCE')?.split(',') ?? [])
  .option('--fee-bps <bps>', 'maker and taker fee', env('FEE_BPS') ?? '10')
  .option('--bnb-burn', 'pay fees in BNB', env('BNB_BURN') === 'true')
  .option('--bnb-price <price>', 'BNB in the quote asset', env('BNB_PRICE'))
  .option('--spread-bps <bps>', 'from best bid to best ask', env('SPREAD_BPS') ?? '1')
  .option('--depth <quantity>', 'base asset at each price level; default endless', env('DEPTH'))
  .option('--updates <what>', 'path or close: what streams tell of a bar in progress', env('UPDATES'))
  .option('--api-key <key>', 'default simulator-key', env('API_KEY'))
  .option('--api-secret <secret>', 'default simulator-secret', env('API_SECRET'));

try {
  const simulator = await startSimulator(optionsOf(command.parse().opts<Flags>()));
  const { port, controlPort, httpBase, wsBase, wsApi, controlUrl, symbols, total } = simulator;
  const ready = { ready: true, port, controlPort, httpBase, wsBase, wsApi, controlUrl, symbols, total: total ?? null };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
