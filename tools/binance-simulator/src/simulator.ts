import { parseClockMode, SimulatedClock } from './clock/clock.ts';
import { RunningDriver, SettledDriver } from './clock/drive.ts';
import { Playback } from './clock/playback.ts';
import { Control } from './control/control.ts';
import { dec } from './decimal.ts';
import { Faults, type StreamKind } from './faults/faults.ts';
import { intervals } from './feed/candle.ts';
import { bps } from './filters/check.ts';
import { rulesFor } from './filters/rules.ts';
import { Exchange } from './matching/exchange.ts';
import type { ExchangeEvent } from './matching/types.ts';
import { listen } from './network.ts';
import type { Simulator, SimulatorOptions } from './options.ts';
import { defaultLimits, Limits } from './rest/limits.ts';
import { RestServer } from './rest/server.ts';
import { loadSources, type LoadedSource } from './sources.ts';
import { MarketHub } from './streams/hub.ts';
import { MarketStreams } from './streams/market.ts';
import { UserStreams } from './streams/user.ts';

const exchangeOf = (options: SimulatorOptions, loaded: readonly LoadedSource[], faults: Faults): Exchange => {
  const { feeBps = 10, spreadBps = 1, depth, depthStepBps = 1 } = options;
  return new Exchange({
    symbols: loaded.map(({ feed, lastClose }) => {
      const { symbol } = feed.series;
      return { rules: rulesFor(symbol, dec(lastClose), options.rules?.[symbol]), last: dec(lastClose) };
    }),
    balances: Object.fromEntries(
      Object.entries(options.balances ?? { USDT: '10000' }).map(([asset, amount]) => [asset, dec(amount)]),
    ),
    fees: { maker: bps(options.makerFeeBps ?? feeBps), taker: bps(feeBps), bnbFactor: dec('0.75') },
    book: { spreadBps, ...(depth === undefined ? {} : { depth: { quantity: dec(depth), stepBps: depthStepBps } }) },
    bnbBurn: options.bnbBurn ?? false,
    ...(options.bnbPrice === undefined ? {} : { bnbPrice: dec(options.bnbPrice) }),
    parts: () => Math.max(1, Math.floor(faults.take('partial-fills')?.parts ?? 1)),
  });
};

/** About one path point a second of real time, between 1 and 20 on a leg. */
const stepsFor = (interval: string, speed: number): number =>
  Math.max(1, Math.min(20, Math.round(intervals[interval]! / speed / 3000)));

/**
 * Starts a simulated exchange and resolves when it answers.
 *
 * @throws Error naming the option, file or port at fault.
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const loaded = await loadSources(options);
  const mode = parseClockMode(options.clock ?? 'settled');
  const generatedNow = mode.kind === 'running' && options.clock === 'realtime' && options.startTime === undefined;
  const startsAt = Math.max(...loaded.map((one) => one.startsAt));
  const allGenerated = (options.sources ?? []).every((source) => !('file' in source));
  const clock = new SimulatedClock(mode, generatedNow && allGenerated ? Math.max(startsAt, Date.now()) : startsAt);
  const faults = new Faults();
  const exchange = exchangeOf(options, loaded, faults);
  const limits = new Limits({ ...defaultLimits, ...options.rateLimits }, clock);
  const credentials = {
    apiKey: options.apiKey ?? 'simulator-key',
    apiSecret: options.apiSecret ?? 'simulator-secret',
  };
  const hub = new MarketHub(faults);
  const user = new UserStreams(credentials, clock, faults);
  const streams = new MarketStreams(hub, exchange);
  const publish = (events: readonly ExchangeEvent[]) => user.publish(events);
  const series = new Map(loaded.map(({ feed }) => [feed.series.symbol, feed.series]));
  const rest = new RestServer({ exchange, series, clock, limits, publish }, credentials, faults);

  const feeds = loaded.map(({ feed }) => feed);
  const settled = mode.kind === 'settled';
  const stepsPerLeg =
    options.stepsPerLeg ?? (mode.kind === 'settled' ? 1 : stepsFor(feeds[0]!.series.interval, mode.speed));
  const updates = options.updates ?? (settled ? 'close' : 'path');
  const playback = new Playback({ feeds, exchange, clock, streams, faults, publish, stepsPerLeg, updates });

  const dropSockets = (which: StreamKind): number => {
    const sockets = [...(which === 'user' ? [] : hub.sockets), ...(which === 'market' ? [] : user.sockets)];
    for (const socket of sockets) socket.terminate();
    return sockets.length;
  };
  const total = playback.total;
  const driver = settled ? new SettledDriver(playback) : new RunningDriver(playback, clock, feeds);
  const control = new Control({
    exchange,
    clock,
    driver,
    playback,
    faults,
    limits,
    publish,
    dropSockets,
    connections: () => ({ market: hub.sockets.length, user: user.subscribers, streams: hub.streamCount }),
  });
  const network = await listen({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    ...(options.controlPort === undefined ? {} : { controlPort: options.controlPort }),
    rest,
    hub,
    user,
    control,
    faults,
  });
  const { host, port, controlPort } = network;
  return {
    port,
    controlPort,
    httpBase: `http://${host}:${port}`,
    wsBase: `ws://${host}:${port}/ws`,
    wsApi: `ws://${host}:${port}/ws-api/v3`,
    controlUrl: `ws://${host}:${controlPort}/control`,
    ...credentials,
    symbols: [...series.keys()],
    total,
    control: (request) => control.handle(request),
    close: async () => {
      if (driver instanceof RunningDriver) driver.stop();
      await network.close();
    },
  };
};
