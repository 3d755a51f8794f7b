import type { Asset, ClientOrderId, TradingConfig, TradingSymbol, UnixMs } from '@bot-core/events';
import type { Decimal } from '../money/decimal.ts';
import type { Order } from '../orders/order.ts';
import type { Dust, Position } from '../positions/position.ts';

export interface SymbolAssets {
  readonly base: Asset;
  readonly quote: Asset;
}

/** Everything the decider needs to know, folded from `portfolio-<botId>` and the newest event of each decision stream. */
export interface Portfolio {
  readonly botId: string;
  readonly running: boolean;
  readonly config: TradingConfig | null;
  /** 0 before the first TradingConfigChanged. */
  readonly configVersion: number;
  /** Free and locked together; empty before the first BalancesObserved. */
  readonly balances: ReadonlyMap<Asset, Decimal>;
  readonly balancesObserved: boolean;
  /** Orders that are not done. */
  readonly orders: ReadonlyMap<ClientOrderId, Order>;
  /** The newest done orders, for reports that come late. Bounded. */
  readonly doneOrders: ReadonlyMap<ClientOrderId, Order>;
  /** Open positions, one per symbol. */
  readonly positions: ReadonlyMap<TradingSymbol, Position>;
  readonly dust: ReadonlyMap<TradingSymbol, Dust>;
  /** openTime of the newest signal decided, per symbol. */
  readonly decided: ReadonlyMap<TradingSymbol, UnixMs>;
}

export const initialPortfolio = (botId: string): Portfolio => ({
  botId,
  running: false,
  config: null,
  configVersion: 0,
  balances: new Map(),
  balancesObserved: false,
  orders: new Map(),
  doneOrders: new Map(),
  positions: new Map(),
  dust: new Map(),
  decided: new Map(),
});

/** An order by its own id or that of one of its legs, done or not. */
export const findOrder = (state: Portfolio, id: ClientOrderId): Order | undefined =>
  state.orders.get(id) ?? state.doneOrders.get(id) ?? byLeg(state.orders, id) ?? byLeg(state.doneOrders, id);

const byLeg = (orders: ReadonlyMap<ClientOrderId, Order>, id: ClientOrderId): Order | undefined => {
  for (const order of orders.values()) {
    const { request } = order.terms;
    if (request.type === 'oco' && (request.takeProfitClientOrderId === id || request.stopClientOrderId === id))
      return order;
  }
  return undefined;
};

export const ordersOf = (state: Portfolio, symbol: TradingSymbol): readonly Order[] =>
  [...state.orders.values()].filter(({ terms }) => terms.symbol === symbol);

/** Sent or about to be, and not yet answered for good. */
export const ordersInFlight = (state: Portfolio): readonly Order[] =>
  [...state.orders.values()].filter(({ status }) => status !== 'accepted' && status !== 'filling');
