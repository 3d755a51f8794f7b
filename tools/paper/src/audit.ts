import {
  type AnyLedgerEvent,
  type BalanceRow,
  type BotStatusRow,
  type CandleClosed,
  type CandlesMissing,
  type DecisionRow,
  intervalMs,
  type OrderRow,
  type PositionRow,
  type SignalEmitted,
  tradingSymbol,
  type TradeRow,
} from '@bot-core/events';
import { dec, exchangeIdsOf, ordersInFlight, type Portfolio, splitSymbol, sum, zero } from '@bot-core/trading';
import { compareAmounts, compareLists, row } from './compare.ts';
import type { ExchangeOrder, ExchangeTrade } from './control.ts';

/** One cross-check: what was compared, whether it held, and the first differences when it did not. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly differences: readonly string[];
}

/** Everything that is compared, read from four places: the ledger, the exchange, the read models, the bus. */
export interface Evidence {
  readonly events: readonly AnyLedgerEvent[];
  readonly state: Portfolio;
  readonly exchange: {
    readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
    readonly orders: readonly ExchangeOrder[];
    readonly trades: readonly ExchangeTrade[];
  };
  readonly views: {
    readonly positions: readonly PositionRow[];
    readonly orders: readonly OrderRow[];
    readonly trades: readonly TradeRow[];
    readonly decisions: readonly DecisionRow[];
    readonly balances: readonly BalanceRow[];
    readonly botStatus: BotStatusRow;
  };
  readonly bus: {
    /** As stored, in the order of the stream. */
    readonly candles: readonly CandleClosed[];
    readonly missing: readonly CandlesMissing[];
    readonly signals: readonly SignalEmitted[];
    readonly deadLetters: number;
  };
  /** openTime of every candle that the exchange closed during the run, in order. */
  readonly played: readonly number[];
}

const differencesShown = 5;

/** Runs every cross-check. Pure. */
export const audit = (evidence: Evidence): readonly Check[] =>
  checks.map(({ name, differences }) => {
    const found = differences(evidence);
    return { name, holds: found.length === 0, differences: found.slice(0, differencesShown) };
  });

type Events<T extends AnyLedgerEvent['type']> = Extract<AnyLedgerEvent, { type: T }>['data'];
const dataOf = <T extends AnyLedgerEvent['type']>(events: readonly AnyLedgerEvent[], type: T): Events<T>[] =>
  events.filter((event) => event.type === type).map(({ data }) => data as Events<T>);

const checks: readonly { name: string; differences(evidence: Evidence): string[] }[] = [
  {
    name: 'ledger balances = exchange balances',
    differences: ({ state, exchange }) => {
      const there = new Map(
        Object.entries(exchange.balances).map(([asset, { free, locked }]) => [asset, dec(free).plus(locked)]),
      );
      return compareAmounts('balance', state.balances, there);
    },
  },
  {
    name: 'every accepted signal has exactly one order',
    differences: ({ events }) => {
      const orders = Map.groupBy(dataOf(events, 'OrderRequested'), ({ signalId }) => signalId);
      return dataOf(events, 'SignalAccepted')
        .map(({ signalId }) => ({ signalId, count: orders.get(signalId)?.length ?? 0 }))
        .filter(({ count }) => count !== 1)
        .map(({ signalId, count }) => `signal ${signalId} has ${count} orders`);
    },
  },
  {
    name: 'orders at the exchange = orders in the ledger',
    differences: ({ events, exchange }) => {
      const accepted = new Set(dataOf(events, 'OrderAccepted').map(({ clientOrderId }) => clientOrderId));
      const expected = dataOf(events, 'OrderRequested')
        .filter(({ clientOrderId }) => accepted.has(clientOrderId))
        .flatMap((terms) => (terms.request.type === 'oco' ? exchangeIdsOf(terms).slice(1) : exchangeIdsOf(terms)));
      return compareLists(
        'order',
        expected,
        exchange.orders.map(({ clientOrderId }) => clientOrderId),
      );
    },
  },
  {
    name: 'fills in the ledger = trades at the exchange',
    differences: ({ events, exchange }) =>
      compareLists(
        'fill',
        dataOf(events, 'FillRecorded').map((fill) =>
          row(fill.symbol, fill.tradeId, fill.side, dec(fill.price), dec(fill.quantity), dec(fill.fee), fill.feeAsset),
        ),
        exchange.trades.map((trade) =>
          row(
            trade.symbol,
            trade.id,
            trade.isBuyer ? 'BUY' : 'SELL',
            dec(trade.price),
            dec(trade.qty),
            dec(trade.commission),
            trade.commissionAsset,
          ),
        ),
      ),
  },
  {
    name: 'Σ fills = positions and dust',
    differences: ({ events, state }) => {
      const fills = Map.groupBy(dataOf(events, 'FillRecorded'), ({ symbol }) => symbol);
      return [...fills].flatMap(([symbol, of]) => {
        const { base } = splitSymbol(tradingSymbol(symbol));
        const moved = sum(of.map((fill) => (fill.side === 'BUY' ? dec(fill.quantity) : dec(fill.quantity).neg())));
        const fees = sum(of.filter(({ feeAsset }) => feeAsset === base).map(({ fee }) => dec(fee)));
        const held = (state.positions.get(symbol)?.quantity ?? zero).plus(state.dust.get(symbol)?.quantity ?? zero);
        const bought = moved.minus(fees);
        return bought.eq(held)
          ? []
          : [`${symbol}: the fills leave ${bought.toFixed()}, positions and dust are ${held.toFixed()}`];
      });
    },
  },
  {
    name: 'Σ realised PnL = what the fills paid out',
    differences: ({ events, state }) => {
      const fills = dataOf(events, 'FillRecorded');
      const cash = sum(
        fills.map((fill) => {
          const { base } = splitSymbol(fill.symbol);
          const quote = fill.side === 'BUY' ? dec(fill.quoteQuantity).neg() : dec(fill.quoteQuantity);
          return fill.feeAsset === base ? quote : quote.minus(fill.feeInQuote);
        }),
      );
      const held = sum([...state.positions.values(), ...state.dust.values()].map(({ cost }) => cost));
      const open = sum([...state.positions.values()].map(({ realisedPnl }) => realisedPnl));
      const realised = sum(dataOf(events, 'PositionClosed').map(({ realisedPnl }) => dec(realisedPnl))).plus(open);
      return realised.eq(cash.plus(held))
        ? []
        : [`realised ${realised.toFixed()}, cash and cost held ${cash.plus(held).toFixed()}`];
    },
  },
  {
    name: 'read models = fold of the ledger',
    differences: ({ events, state, views }) => [
      ...compareAmounts(
        'balance row',
        state.balances,
        new Map(views.balances.map(({ asset, total }) => [asset, dec(total)])),
      ),
      ...compareLists(
        'open position row',
        [...state.positions.values()].map((held) =>
          row(held.symbol, held.positionId, held.quantity, held.cost, held.realisedPnl),
        ),
        views.positions
          .filter(({ status }) => status === 'open')
          .map((held) => row(held.symbol, held.positionId, dec(held.quantity), dec(held.cost), dec(held.realisedPnl))),
      ),
      ...compareLists(
        'closed position row',
        dataOf(events, 'PositionClosed').map((closed) =>
          row(closed.positionId, closed.reason, dec(closed.realisedPnl), dec(closed.dust)),
        ),
        views.positions
          .filter(({ status }) => status === 'closed')
          .map((closed) => row(closed.positionId, closed.closeReason, dec(closed.realisedPnl), dec(closed.dust))),
      ),
      ...compareLists(
        'open order row',
        [...state.orders.values()].map(({ terms, status, executed }) => row(terms.clientOrderId, status, executed)),
        views.orders
          .filter(({ status }) => openStatuses.has(status))
          .map(({ clientOrderId, status, executedQuantity }) => row(clientOrderId, status, dec(executedQuantity))),
      ),
      ...compareLists(
        'order row',
        dataOf(events, 'OrderRequested').map(({ clientOrderId }) => clientOrderId),
        views.orders.map(({ clientOrderId }) => clientOrderId),
      ),
      ...compareLists(
        'trade row',
        dataOf(events, 'FillRecorded').map(({ symbol, tradeId, quantity, price, fee }) =>
          row(symbol, tradeId, dec(quantity), dec(price), dec(fee)),
        ),
        views.trades.map(({ symbol, tradeId, quantity, price, fee }) =>
          row(symbol, tradeId, dec(quantity), dec(price), dec(fee)),
        ),
      ),
      ...compareLists(
        'decision row',
        [
          ...dataOf(events, 'SignalAccepted').map(({ signalId }) => row(signalId, 'accepted', null)),
          ...dataOf(events, 'SignalRejected').map(({ signalId, reason }) => row(signalId, 'rejected', reason)),
        ],
        views.decisions.map(({ signalId, outcome, reason }) => row(signalId, outcome, reason)),
      ),
      ...(views.botStatus.running === state.running && views.botStatus.configVersion === state.configVersion
        ? []
        : [`bot status row says ${views.botStatus.running}, settings ${views.botStatus.configVersion}`]),
    ],
  },
  {
    name: 'nothing in flight',
    differences: ({ state }) =>
      ordersInFlight(state).map(({ terms, status }) => `order ${terms.clientOrderId} is ${status}`),
  },
  {
    name: 'every open position is protected',
    differences: ({ state }) =>
      [...state.positions.values()]
        .filter(({ protection }) => !protection)
        .map(({ symbol }) => `${symbol} has no stop on the exchange`),
  },
  {
    name: 'every candle is on the bus once, in order; what is missing was reported missing',
    differences: ({ bus, played }) => {
      const stored = bus.candles.map(({ openTime }) => openTime);
      const firstPlayed = played[0] ?? Infinity;
      return [
        ...compareLists('candle', played.map(String), stored.filter((openTime) => openTime >= firstPlayed).map(String)),
        ...compareLists(
          'hole',
          bus.candles.flatMap((candle, index) => holeBefore(candle, bus.candles[index - 1])),
          bus.missing.map(({ firstOpenTime, count }) => row(firstOpenTime, count)),
        ),
      ];
    },
  },
  {
    name: 'every fresh candle has one signal, and none was judged across an outage',
    differences: ({ bus, played }) => {
      const newestOfHistory = bus.candles.findLast(({ openTime }) => openTime < (played[0] ?? Infinity));
      const fresh = [...(newestOfHistory ? [newestOfHistory.openTime] : []), ...played];
      const across = bus.signals.filter(
        ({ cause, openTime, interval }) =>
          cause === 'model' &&
          bus.missing.some(
            ({ lastOpenTime }) => lastOpenTime < openTime && openTime <= lastOpenTime + intervalMs[interval],
          ),
      );
      return [
        ...compareLists(
          'signal of',
          fresh.map(String),
          bus.signals.map(({ openTime }) => String(openTime)),
        ),
        ...across.map(({ openTime }) => `signal of ${openTime} was judged by a model right after an outage`),
      ];
    },
  },
  {
    name: 'nothing in DEADLETTERS',
    differences: ({ bus }) => (bus.deadLetters === 0 ? [] : [`${bus.deadLetters} messages`]),
  },
];

/** A jump in openTime, as `first missing, how many`. */
const holeBefore = ({ openTime, interval }: CandleClosed, before: CandleClosed | undefined): string[] => {
  if (!before) return [];
  const step = intervalMs[interval];
  const missing = (openTime - before.openTime) / step - 1;
  return missing === 0 ? [] : [row(before.openTime + step, missing)];
};

const openStatuses: ReadonlySet<string> = new Set(['requested', 'claimed', 'accepted', 'filling', 'cancel-pending']);
