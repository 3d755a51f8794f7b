import {
  amount,
  asset,
  type ClientOrderId,
  type DecisionEvent,
  defaultTradingConfig,
  idOf,
  ledgerStreams,
  type PortfolioEvent,
  price,
  quantity,
  type SignalEmitted,
  signalId,
  tradingSymbol,
  unixMs,
} from '@bot-core/events';
import {
  dec,
  decide,
  evolve,
  initialPortfolio,
  type ObservedFill,
  type Portfolio,
  type PortfolioCommand,
  type SymbolRules,
  workOf,
} from '@bot-core/trading';
import type { Fact } from '../src/projections/fact.ts';

const symbol = tradingSymbol('BTCUSDT');
const rules: SymbolRules = {
  ...{ symbol, baseAsset: asset('BTC'), quoteAsset: asset('USDT'), trading: true },
  ...{ tickSize: price('0.01'), stepSize: quantity('0.00001'), minQuantity: quantity('0.00001') },
  ...{ maxQuantity: quantity('9000'), maxMarketQuantity: quantity('100'), minNotional: amount('5') },
};
const minute = 60_000;

export interface History {
  readonly facts: readonly (Fact & { readonly stream: string })[];
  readonly signals: readonly SignalEmitted[];
  /** The decider's own state at the end: what the read models must agree with. */
  readonly portfolio: Portfolio;
}

/**
 * A bot's life, written by the real decider: `candles` signals, entries and exits filled in parts, fees in three assets,
 * protections that sell, refusals. The same seed gives the same history.
 */
export const historyOf = (candles: number, seed = 1, botId = 'main'): History => {
  const random = generator(seed);
  const pick = <Item>(...items: Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const facts: (Fact & { stream: string })[] = [];
  const signals: SignalEmitted[] = [];
  const revisions = new Map<string, number>();
  let state = initialPortfolio(botId);
  let trades = 0;
  let cents = 2_000_000;

  const put = (command: PortfolioCommand): void => {
    for (const event of decide(command, state)) {
      const name =
        event.type === 'SignalRejected' ? ledgerStreams.decision(botId, symbol) : ledgerStreams.portfolio(botId);
      const revision = (revisions.get(name) ?? -1) + 1;
      revisions.set(name, revision);
      state = evolve(state, event as PortfolioEvent | DecisionEvent);
      facts.push({ event, revision, stream: name });
    }
  };
  const fills = (wanted: string, side: 'BUY' | 'SELL', at: number, leg: ObservedFill['leg']): ObservedFill[] => {
    const whole = dec(wanted);
    const first = whole.div(pick(1, 2, 3)).toDecimalPlaces(5, 1);
    return [first, whole.minus(first)]
      .filter((part) => part.gt(0))
      .map((part) => {
        const quote = part.times(cents).div(100);
        const feeAsset = pick('BNB', side === 'BUY' ? 'BTC' : 'USDT');
        const feeInQuote = quote.div(1_000);
        const fee = feeAsset === 'BNB' ? feeInQuote.div(300) : feeAsset === 'BTC' ? part.div(1_000) : feeInQuote;
        trades += 1;
        return {
          ...{ tradeId: String(trades), leg, side, quantity: quantity(part.toFixed()) },
          ...{ price: price(dec(cents).div(100).toFixed(2)), quoteQuantity: amount(quote.toFixed()) },
          ...{ fee: amount(fee.toDecimalPlaces(8).toFixed()), feeAsset: asset(feeAsset) },
          ...{ feeInQuote: amount(feeInQuote.toFixed()), at: unixMs(at) },
        };
      });
  };
  const settle = (now: number): void => {
    for (let work = workOf(state)[0]; work; work = workOf(state)[0]) {
      const { clientOrderId, request, purpose } = work.order.terms;
      const about = { clientOrderId, at: unixMs(now) };
      if (work.kind === 'send') put({ type: 'ClaimOrder', claimant: 'test', ...about });
      const status = work.kind === 'cancel' ? 'canceled' : purpose === 'protection' ? 'open' : 'filled';
      const made = status === 'filled' ? fills(request.quantity, request.side, now, null) : [];
      if (made.length > 1 && pick(true, false)) observe(clientOrderId, 'open', made.slice(0, 1), now);
      observe(clientOrderId, status, made, now);
    }
  };
  const observe = (
    clientOrderId: ClientOrderId,
    status: 'open' | 'filled' | 'canceled',
    made: ObservedFill[],
    now: number,
  ): void =>
    put({
      ...{ type: 'ObserveOrder', clientOrderId, rules, at: unixMs(now) },
      order: { exchangeOrderId: idOf(clientOrderId).slice(0, 8), status, fills: made, at: unixMs(now) },
    });

  const operator = { by: 'test', at: unixMs(0) };
  const balances = [
    { asset: asset('USDT'), total: amount('10000.50') },
    { asset: asset('BNB'), total: amount('2.000') },
  ];
  put({ type: 'ObserveBalances', balances, at: unixMs(0) });
  put({ type: 'ChangeConfig', requestId: 'config', config: { ...defaultTradingConfig, maxPositions: 1 }, ...operator });
  put({ type: 'StartBot', requestId: 'start', ...operator });
  for (let candle = 1; candle <= candles; candle += 1) {
    const openTime = unixMs(candle * minute);
    const now = openTime + minute - 1;
    cents += Math.round((random() - 0.5) * 40_000);
    const resting = [...state.orders.values()].find(
      ({ status, terms }) => status === 'accepted' && terms.purpose === 'protection',
    );
    if (resting && random() < 0.1) {
      const { clientOrderId, request } = resting.terms;
      observe(clientOrderId, 'filled', fills(request.quantity, 'SELL', now, pick('stop-loss', 'take-profit')), now);
      settle(now);
    }
    const signal: SignalEmitted = {
      ...{ signalId: signalId(symbol, '1m', openTime, 'momentum'), symbol, interval: '1m', openTime },
      ...{ closeTime: unixMs(now), price: price(dec(cents).div(100).toFixed(2)) },
      direction: pick('long', 'short', 'neutral'),
      ...{ probability: random(), confidence: pick(60, 80, 97.25) },
      ...{ modelId: 'momentum', modelType: 'momentum', cause: 'model' },
    };
    signals.push(signal);
    put({ type: 'ConsiderSignal', signal, rules, at: unixMs(now) });
    settle(now);
  }
  return { facts, signals, portfolio: state };
};

/** mulberry32: small, good enough, and the same everywhere. */
const generator = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
