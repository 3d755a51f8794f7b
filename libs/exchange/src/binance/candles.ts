import { intervalMs, type UnixMs, unixMs } from '@bot-core/events';
import type { ExchangeCandle, MarketData } from '../port.ts';
import { rowsOf } from './fields.ts';
import type { Rest } from './rest.ts';
import { candleOf } from './shapes.ts';

type Query = Parameters<MarketData['candles']>[0];

/** `klines` gives at most so many. */
const mostPerRequest = 1_000;
/** With a measured clock: how much later than its closeTime a candle is surely final. Milliseconds. */
const settleMs = 1_000;

/** Closed candles over REST. */
export const closedCandles = async (rest: Rest, query: Query): Promise<readonly ExchangeCandle[]> => {
  const { symbol, interval, from } = query;
  const what = `candles of ${symbol} ${interval}`;
  rest.leaveWeightForOrders(what);
  const limit = Math.min(query.limit, mostPerRequest);
  // The time first: a candle that was open when the candles were asked for must not count as closed.
  const until = lastClosed(await rest.clock.now(), interval, rest.clock.mode === 'ask' ? 0 : settleMs);
  const to = query.to === undefined || query.to > until ? until : query.to;
  if (from !== undefined && from > to) return [];
  const candles = await rest.open(
    what,
    (library) =>
      library.publicRequest('GET', '/api/v3/klines', {
        symbol,
        interval,
        ...(from === undefined ? {} : { startTime: from }),
        endTime: to,
        limit,
      }),
    (answer) => rowsOf(namedColumns(answer), 'klines').map(candleOf),
  );
  return candles.filter(({ openTime }) => openTime <= to).sort((a, b) => a.openTime - b.openTime);
};

/** The openTime of the newest candle that is closed at `now`. */
const lastClosed = (now: UnixMs, interval: Query['interval'], marginMs: number): UnixMs => {
  const length = intervalMs[interval];
  return unixMs(Math.max(0, (Math.floor((now - marginMs) / length) - 1) * length));
};

const columns = ['openTime', 'open', 'high', 'low', 'close', 'volume', 'closeTime'] as const;

const namedColumns = (answer: unknown): unknown =>
  Array.isArray(answer)
    ? answer.map((row: unknown) =>
        Array.isArray(row) ? Object.fromEntries(columns.map((column, index) => [column, row[index]])) : row,
      )
    : answer;
