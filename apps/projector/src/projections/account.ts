import type { Amount, Asset, BalanceRow, EquityRow, PortfolioData, Price, UnixMs } from '@bot-core/events';
import { asAmount, dec, type Decimal, splitSymbol, zero } from '@bot-core/trading';
import type { Fact } from './fact.ts';

/** Balances and the newest point of the equity curve, with what reckoning goes on from. Plain data: it is stored as JSON. */
export interface Account {
  /** What equity is told in: the quote asset of the first order; before it, the first of `usualQuotes` that is held. */
  readonly quote: Asset | null;
  readonly quoteIsFinal: boolean;
  readonly balances: Readonly<Record<Asset, Amount>>;
  /** Newest fill price of an asset in `quote`. An asset without one counts 0. */
  readonly prices: Readonly<Record<Asset, Price>>;
  /** Of positions that are open, by id: a later event tells the new total of the position, not what was added. */
  readonly realisedOpen: Readonly<Record<string, Amount>>;
  /** Of all positions so far. */
  readonly realised: Amount;
  readonly equity: EquityRow | null;
}

export const initialAccount: Account = {
  quote: null,
  quoteIsFinal: false,
  balances: {},
  prices: {},
  realisedOpen: {},
  realised: '0' as Amount,
  equity: null,
};

const usualQuotes = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'EUR', 'BTC', 'ETH', 'BNB'] as Asset[];

/**
 * The account after one event. A point of the equity curve follows from each `BalancesObserved` and `FillRecorded`; the
 * profit that the position's events tell right after a fill is put into that fill's point.
 */
export const projectAccount = (account: Account, { event, revision }: Fact): Account => {
  switch (event.type) {
    case 'BalancesObserved': {
      const balances = Object.fromEntries(event.data.balances.map(({ asset, total }) => [asset, total]));
      const quote = account.quoteIsFinal ? account.quote : (usualQuotes.find((asset) => asset in balances) ?? null);
      return valued({ ...account, balances, quote }, revision, event.data.at);
    }
    case 'OrderRequested':
      return account.quoteIsFinal
        ? account
        : { ...account, quote: splitSymbol(event.data.symbol).quote, quoteIsFinal: true };
    case 'FillRecorded':
      return valued(filled(account, event.data), revision, event.data.at);
    case 'PositionReduced':
      return realised(account, event.data.positionId, event.data.realisedPnl, false);
    case 'PositionClosed':
      return realised(account, event.data.positionId, event.data.realisedPnl, true);
    default:
      return account;
  }
};

export const balanceRows = ({ balances }: Account): BalanceRow[] =>
  Object.entries(balances).map(([asset, total]) => ({ asset: asset as Asset, total: total as Amount }));

const filled = (account: Account, fill: PortfolioData<'FillRecorded'>): Account => {
  const { base, quote } = splitSymbol(fill.symbol);
  const bought = fill.side === 'BUY';
  const balances: Record<Asset, Amount> = { ...account.balances };
  const move = (asset: Asset, delta: Decimal) => {
    balances[asset] = asAmount(dec(balances[asset] ?? '0').plus(delta));
  };
  move(base, bought ? dec(fill.quantity) : dec(fill.quantity).neg());
  move(quote, bought ? dec(fill.quoteQuantity).neg() : dec(fill.quoteQuantity));
  move(fill.feeAsset, dec(fill.fee).neg());
  const prices = quote === account.quote ? { ...account.prices, [base]: fill.price } : account.prices;
  return { ...account, balances, prices };
};

const realised = (account: Account, positionId: string, total: Amount, isLast: boolean): Account => {
  const { [positionId]: before, ...others } = account.realisedOpen;
  const all = asAmount(
    dec(account.realised)
      .plus(total)
      .minus(before ?? '0'),
  );
  return {
    ...account,
    realised: all,
    realisedOpen: isLast ? others : { ...others, [positionId]: total },
    equity: account.equity && { ...account.equity, realisedPnl: all },
  };
};

const valued = (account: Account, sequence: number, at: UnixMs): Account => {
  const worth = (asset: Asset, total: string): Decimal => {
    if (asset === account.quote) return dec(total);
    const price = account.prices[asset];
    return price === undefined ? zero : dec(total).times(price);
  };
  const equity = balanceRows(account).reduce((sum, { asset, total }) => sum.plus(worth(asset, total)), zero);
  return { ...account, equity: { sequence, at, equity: asAmount(equity), realisedPnl: account.realised } };
};
