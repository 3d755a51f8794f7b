import { performance } from 'node:perf_hooks';
import type { Asset, Price, TradingSymbol } from '@bot-core/events';
import { asPrice, dec, quotient, type SymbolRules } from '@bot-core/trading';
import { Refused } from '../errors.ts';
import type { Fill } from '../port.ts';
import { decimalIn, rowOf, rowsOf, Unreadable } from './fields.ts';
import { type Pair, valueAt, valueFee } from './fees.ts';
import type { ExchangeLogger } from './logger.ts';
import type { Rest } from './rest.ts';
import { rulesOf, type UnvaluedFill } from './shapes.ts';

/** Rules change seldom, `trading` may change any time: they are asked for again after this. */
const keepRulesMs = 60_000;

/** What the exchange says about its symbols, and what fees are worth in them. */
export class Symbols {
  readonly #rest: Rest;
  readonly #logger: ExchangeLogger;
  readonly #known = new Map<TradingSymbol, { rules: SymbolRules; at: number }>();

  constructor(rest: Rest, logger: ExchangeLogger) {
    this.#rest = rest;
    this.#logger = logger;
  }

  /** At most a minute old. */
  async rules(symbol: TradingSymbol): Promise<SymbolRules> {
    const known = this.#known.get(symbol);
    if (known && performance.now() - known.at < keepRulesMs) return known.rules;
    const rules = await this.#rest.open(
      `rules of ${symbol}`,
      (library) => library.publicRequest('GET', '/api/v3/exchangeInfo', { symbol }),
      (answer) => {
        const row = rowsOf(rowOf(answer)['symbols'], 'symbols').find((one) => one['symbol'] === symbol);
        if (!row) throw new Unreadable('symbols', symbol);
        return rulesOf(row);
      },
    );
    this.#known.set(symbol, { rules, at: performance.now() });
    return rules;
  }

  /** The assets of a symbol if they are known already: they never change. */
  pairIfKnown(symbol: TradingSymbol): Pair | undefined {
    const rules = this.#known.get(symbol)?.rules;
    return rules && { base: rules.baseAsset, quote: rules.quoteAsset };
  }

  async pair(symbol: TradingSymbol): Promise<Pair> {
    const known = this.pairIfKnown(symbol);
    if (known) return known;
    const { baseAsset, quoteAsset } = await this.rules(symbol);
    return { base: baseAsset, quote: quoteAsset };
  }

  /** Fees in a third asset (BNB) are valued at its price now, asked for once for all of these fills. */
  async value(symbol: TradingSymbol, fills: readonly UnvaluedFill[]): Promise<readonly Fill[]> {
    if (fills.length === 0) return [];
    const pair = await this.pair(symbol);
    const prices = new Map<Asset, Price | undefined>();
    const valued: Fill[] = [];
    for (const fill of fills) {
      const { fee, feeAsset, price } = fill;
      let feeInQuote = valueFee(fee, feeAsset, price, pair);
      if (feeInQuote === undefined) {
        if (!prices.has(feeAsset)) prices.set(feeAsset, await this.#priceOf(feeAsset, pair.quote));
        feeInQuote = valueAt(fee, prices.get(feeAsset) ?? asPrice(dec(0)));
      }
      valued.push({ ...fill, feeInQuote });
    }
    return valued;
  }

  /** Undefined, and said so, when the exchange has no market between the two: a fill is not held back for its fee's worth. */
  async #priceOf(asset: Asset, quote: Asset): Promise<Price | undefined> {
    const direct = await this.#price(`${asset}${quote}`);
    if (direct !== undefined) return direct;
    const inverse = await this.#price(`${quote}${asset}`);
    if (inverse !== undefined) return asPrice(quotient(dec(1), dec(inverse)));
    this.#logger.warn({ asset, quote }, 'no market values this fee: it counts as 0 in quote');
    return undefined;
  }

  async #price(symbol: string): Promise<Price | undefined> {
    try {
      return await this.#rest.open(
        `price of ${symbol}`,
        (library) => library.publicRequest('GET', '/api/v3/ticker/price', { symbol }),
        (answer) => decimalIn<Price>(rowOf(answer), 'price'),
      );
    } catch (error) {
      if (error instanceof Refused && error.exchangeCode === -1121) return undefined;
      throw error;
    }
  }
}
