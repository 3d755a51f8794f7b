import { setTimeout as delay } from 'node:timers/promises';
import {
  CandleClosed,
  CandlesMissing,
  executorRpc,
  idOf,
  ingestRpc,
  type MessageDefinition,
  patterns,
  projectorRpc,
  type RpcDefinition,
  SignalEmitted,
} from '@bot-core/events';
import { connectEventStore, type EventStore } from '@bot-core/event-store';
import { type Bus, connectBus } from '@bot-core/jetstream';
import { app, eventStore, natsServer, postgres, simulator, startSystem, type System } from '@bot-core/runner';
import { type Decimal, type Portfolio, splitSymbol, sum } from '@bot-core/trading';
import { audit } from './audit.ts';
import { type Books, openBooks } from './books.ts';
import { type Control, type ExchangeState, openControl } from './control.ts';
import { type PaperOptions, tradingConfigOf } from './options.ts';
import { watchPipeline } from './settle.ts';
import { countsOf, outagesOf, type Summary } from './summary.ts';

export interface PaperRun extends PaperOptions {
  /** A fresh folder; holds every service's data and log afterwards. */
  readonly dataDir: string;
  /** Environment for the services, over the defaults. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
  /** When trading begins, before the first candle is played. */
  readonly onStart?: (parts: RunParts) => void | Promise<void>;
  /** Before each step of the exchange. */
  readonly onAdvance?: () => void;
  /** When the last candle was digested and everything still runs. */
  readonly onEnd?: (parts: RunParts) => void | Promise<void>;
  /** After each candle that was digested. What it does (kill a service, say) is part of the run. */
  readonly onCandle?: (played: number, total: number | null, system: System) => void | Promise<void>;
}

/** What a run is made of, for those who watch it. */
export interface RunParts {
  readonly system: System;
  readonly bus: Bus;
  readonly ledger: EventStore;
  readonly books: Books;
}

const botId = 'paper';

/**
 * Brings the whole system up in `dataDir`, plays every candle as fast as the system digests them, and audits what came of it.
 * @throws {Error} when a service does not come up or the run makes no progress.
 */
export const runPaper = async (run: PaperRun): Promise<Summary> => {
  const system = await startSystem({
    dataDir: run.dataDir,
    services: services(run),
    env: {
      BOT_ID: botId,
      SYMBOLS: run.symbol,
      INTERVAL: run.interval,
      KLINE_HISTORY: String(run.config.history),
      LOG_LEVEL: 'warn',
      ...run.env,
    },
    ...(run.onLog ? { onLog: run.onLog } : {}),
  });
  try {
    return await withConnections(system, (parts, control) => play(run, parts, control));
  } finally {
    await system.stop();
  }
};

const withConnections = async (
  system: System,
  use: (parts: RunParts, control: Control) => Promise<Summary>,
): Promise<Summary> => {
  const url = (service: string) => system.services[service]?.url ?? '';
  const ending = new AbortController();
  const bus = await connectBus({ url: url('nats'), name: 'paper' });
  const ledger = connectEventStore(url('eventstore'));
  const control = openControl(`${url('simulator').replace('http', 'ws')}/control`);
  try {
    const books = openBooks(ledger, botId, ending.signal);
    return await Promise.race([use({ system, bus, ledger, books }, await control), books.failed]);
  } finally {
    ending.abort();
    await control.then((opened) => opened.close()).catch(() => undefined); // one that never opened has been told already
    await Promise.allSettled([bus.close(), ledger.close()]);
  }
};

const services = ({ candles, symbol, interval, limit, model, seed, config }: PaperRun) => [
  natsServer(),
  eventStore(),
  postgres(),
  simulator({
    args: [
      ...(candles ? ['--candles', `${symbol}=${candles}`] : ['--symbol', symbol]),
      ...['--interval', interval, '--history', String(config.history), '--clock', 'settled', '--seed', String(seed)],
      ...['--fee-bps', String(config.feeBps), '--spread-bps', String(config.spreadBps)],
      ...Object.entries(config.balances).flatMap(([asset, amount]) => ['--balance', `${asset}=${amount}`]),
      ...(limit ? ['--limit', String(limit)] : []),
    ],
  }),
  app('projector'),
  app('executor'),
  app('predictor', { env: { MODEL: model, SEED: String(seed) } }),
  app('ingest'),
];

const play = async (run: PaperRun, parts: RunParts, control: Control): Promise<Summary> => {
  const { system, bus, books } = parts;
  const settler = await watchPipeline(bus.connection, books);
  await ready(bus, ingestRpc.status, {}, ({ rows }) => rows.length > 0 && rows.every(({ state }) => state === 'live'));
  run.onLog?.(`${run.model === 'lstm' ? 'training the LSTM on the history' : 'digesting the history'} …`);
  await settler.drained();
  const operator = { by: 'paper', requestId: idOf('paper', 'start') };
  await bus.request(
    executorRpc.changeConfig,
    { ...operator, config: tradingConfigOf(run.config) },
    { timeoutMs: 10_000 },
  );
  await bus.request(executorRpc.startBot, operator, { timeoutMs: 10_000 });
  const start = await control.state();
  const initialEquity = equityOf(books.state, start);

  await run.onStart?.(parts);
  const began = performance.now();
  const played: number[] = [];
  for (;;) {
    run.onAdvance?.();
    const step = await control.advance();
    if (step.phase === 'end') break;
    if (step.phase === 'path') {
      if (step.trades.length > 0) await settler.tradesBooked(step.trades);
      continue;
    }
    await settler.candleDigested(step.symbol, step.openTime);
    played.push(step.openTime);
    await run.onCandle?.(played.length, start.total, system);
  }
  await settler.drained();
  const seconds = (performance.now() - began) / 1_000;
  settler.close();
  await run.onEnd?.(parts);

  const signals = await storedIn(bus, 'SIGNALS', patterns.signals, SignalEmitted);
  const candles = await storedIn(bus, 'MARKET', patterns.candles, CandleClosed);
  const missing = await storedIn(bus, 'MARKET', patterns.gaps, CandlesMissing);
  await ready(
    bus,
    projectorRpc.progress,
    {},
    ({ ledgerRevision, signals: sequence }) => ledgerRevision >= books.revision && sequence >= signals.length,
  );
  const exchange = await control.state();
  const [orders, trades, views, deadLetters] = await Promise.all([
    control.orders(),
    control.trades(),
    readViews(bus),
    count(bus, 'DEADLETTERS'),
  ]);
  const checks = audit({
    events: books.events,
    state: books.state,
    exchange: { balances: exchange.balances, orders, trades },
    views,
    bus: { candles, missing, signals, deadLetters },
    played,
  });
  const statuses = Object.entries(system.services);
  return {
    candles: { history: candles.length - played.length, played: played.length },
    outages: outagesOf(missing),
    ...countsOf(books.events, signals),
    initialEquity: initialEquity.toFixed(),
    finalEquity: equityOf(books.state, exchange).toFixed(),
    seconds,
    candlesPerSecond: played.length / seconds,
    peakMemoryMiB: Object.fromEntries(statuses.map(([name, { peakMemoryBytes }]) => [name, peakMemoryBytes / 2 ** 20])),
    restarts: Object.fromEntries(
      statuses.filter(([, { restarts }]) => restarts > 0).map(([name, { restarts }]) => [name, restarts]),
    ),
    ledger: { events: books.events.length, hash: books.hash() },
    checks,
  };
};

/** The quote balance and every other asset at its newest price there. */
const equityOf = (state: Portfolio, { prices }: ExchangeState): Decimal => {
  const symbols = Object.entries(prices).map(([symbol, { last }]) => ({
    ...splitSymbol(symbol as Parameters<typeof splitSymbol>[0]),
    last,
  }));
  return sum(
    [...state.balances].map(([asset, total]) => {
      if (symbols.some(({ quote }) => quote === asset)) return total;
      return total.times(symbols.find(({ base }) => base === asset)?.last ?? '0');
    }),
  );
};

const storedIn = async <D>(
  bus: Bus,
  stream: string,
  subject: string,
  definition: MessageDefinition<D>,
): Promise<D[]> => {
  const found: D[] = [];
  for await (const { data } of bus.history({ stream, subject, definitions: [definition] })) found.push(data);
  return found;
};

const count = async (bus: Bus, stream: string): Promise<number> =>
  (await bus.jetStreamManager.streams.info(stream)).state.messages;

/** Asks until the answer is as wanted; a service that was just restarted may take a while to answer at all. */
const ready = async <Req, Res>(
  bus: Bus,
  definition: RpcDefinition<Req, Res>,
  request: Req,
  wanted: (answer: Res) => boolean,
): Promise<void> => {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const answer = await bus.request(definition, request, { timeoutMs: 2_000 }).catch(() => undefined);
    if (answer !== undefined && wanted(answer)) return;
    if (performance.now() > deadline)
      throw new Error(
        `paper: ${definition.service} ${definition.method} never answered as awaited; the last answer: ${JSON.stringify(answer)}`,
      );
    await delay(50);
  }
};

const pageSize = 1_000;

const readViews = async (bus: Bus) => {
  const all = async <Row>(
    definition: RpcDefinition<{ limit: number; offset: number }, { rows: Row[]; total: number }>,
  ): Promise<Row[]> => {
    const rows: Row[] = [];
    for (;;) {
      const page = await bus.request(definition, { limit: pageSize, offset: rows.length }, { timeoutMs: 10_000 });
      rows.push(...page.rows);
      if (page.rows.length === 0 || rows.length >= page.total) return rows;
    }
  };
  const [positions, orders, trades, decisions, balances, botStatus] = await Promise.all([
    all(projectorRpc.positions),
    all(projectorRpc.orders),
    all(projectorRpc.trades),
    all(projectorRpc.decisions),
    bus.request(projectorRpc.balances, {}),
    bus.request(projectorRpc.botStatus, {}),
  ]);
  return { positions, orders, trades, decisions, balances: balances.rows, botStatus };
};
