import type { Price, PriceUpdated, TradingSymbol } from '@bot-core/events';

/** The newest live price of each symbol. Kept in memory only: it is old as soon as it is written. */
export class LivePrices {
  readonly #newest = new Map<TradingSymbol, PriceUpdated>();

  /** @returns false when a later one is known already. */
  take(update: PriceUpdated): boolean {
    const known = this.#newest.get(update.symbol);
    if (known && known.at > update.at) return false;
    this.#newest.set(update.symbol, update);
    return true;
  }

  of(symbol: TradingSymbol): Price | undefined {
    return this.#newest.get(symbol)?.price;
  }
}
