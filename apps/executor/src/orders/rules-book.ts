import type { TradingSymbol } from '@bot-core/events';
import type { Exchange } from '@bot-core/exchange';
import type { SymbolRules } from '@bot-core/trading';

/** The exchange's rules for each symbol, asked for once an hour. */
export class RulesBook {
  readonly #rules = new Map<TradingSymbol, { readonly asked: number; readonly rules: Promise<SymbolRules> }>();

  constructor(private readonly exchange: Pick<Exchange, 'rules'>) {}

  of(symbol: TradingSymbol): Promise<SymbolRules> {
    const known = this.#rules.get(symbol);
    if (known && performance.now() - known.asked < 3_600_000) return known.rules;
    const rules = this.exchange.rules(symbol);
    this.#rules.set(symbol, { asked: performance.now(), rules });
    rules.catch(() => this.#rules.delete(symbol));
    return rules;
  }
}
