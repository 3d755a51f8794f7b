import type { Amount, TradingConfig, TradingSymbol } from '@bot-core/events';
import { asAmount, dec, Decimal, floorTo, zero } from '../money/decimal.ts';
import type { SymbolRules } from '../orders/rules.ts';
import type { Portfolio } from '../portfolio/state.ts';

/** Kept back from the quote balance: a market order fills a little above the price it was sized by. */
const marketOrderMargin = dec('1.005');

/** Quote cash and every position: `symbol` at `price`, others at their entry price. Quote asset. */
export const equityAt = (state: Portfolio, rules: SymbolRules, price: string): Decimal => {
  let equity = state.balances.get(rules.quoteAsset) ?? zero;
  for (const position of state.positions.values())
    equity = equity.plus(position.quantity.times(position.symbol === rules.symbol ? price : position.entryPrice));
  return equity;
};

export type Sizing =
  | { readonly quantity: Decimal; readonly equity: Amount }
  | { readonly refusal: 'insufficient-balance' | 'below-minimum'; readonly figures: Readonly<Record<string, string>> };

/**
 * Fixed-fractional sizing: the quantity whose loss at the stop is `riskPerTradePct` of equity, cut to what the quote
 * balance buys and rounded down to the lot size. Source: Van K. Tharp, "percent risk" position sizing.
 */
export const sizeEntry = (state: Portfolio, config: TradingConfig, rules: SymbolRules, price: string): Sizing => {
  const equity = equityAt(state, rules, price);
  const lossPerUnit = dec(price).times(config.stopLossPct).div(100);
  const wanted = equity.times(config.riskPerTradePct).div(100).div(lossPerUnit);
  const balance = state.balances.get(rules.quoteAsset) ?? zero;
  const affordable = balance.div(dec(price).times(marketOrderMargin));
  const quantity = floorTo(Decimal.min(wanted, affordable, rules.maxMarketQuantity), dec(rules.stepSize));
  if (affordable.lt(rules.minQuantity) || affordable.times(price).lt(rules.minNotional))
    return {
      refusal: 'insufficient-balance',
      figures: { balance: balance.toFixed(), needed: neededFor(rules, price) },
    };
  const atStop = quantity
    .times(price)
    .times(dec(100).minus(config.stopLossPct).minus(config.stopLimitOffsetPct))
    .div(100);
  if (quantity.lt(rules.minQuantity) || atStop.lt(marketOrderMargin.times(rules.minNotional)))
    return {
      refusal: 'below-minimum',
      figures: {
        quantity: quantity.toFixed(),
        valueAtStop: atStop.toFixed(),
        minQuantity: rules.minQuantity,
        minNotional: rules.minNotional,
      },
    };
  return { quantity, equity: asAmount(equity) };
};

const neededFor = (rules: SymbolRules, price: string): string =>
  Decimal.max(rules.minNotional, dec(rules.minQuantity).times(price)).toFixed();

/** How many open positions and entries under way there are, of which `maxPositions` may be. */
export const exposedSymbols = (state: Portfolio): ReadonlySet<TradingSymbol> => {
  const symbols = new Set(state.positions.keys());
  for (const { terms } of state.orders.values()) if (terms.purpose === 'entry') symbols.add(terms.symbol);
  return symbols;
};
