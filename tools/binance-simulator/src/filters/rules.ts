import { dec, type Dec } from '../decimal.ts';

/** A symbol and its trading rules, as `exchangeInfo` shows them. Prices in quote, quantities in base. */
export interface SymbolRules {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tickSize: Dec;
  readonly minPrice: Dec;
  readonly maxPrice: Dec;
  readonly stepSize: Dec;
  readonly minQty: Dec;
  readonly maxQty: Dec;
  readonly marketMinQty: Dec;
  readonly marketMaxQty: Dec;
  readonly marketStepSize: Dec;
  readonly minNotional: Dec;
  readonly maxNotional: Dec;
  readonly bidMultiplierUp: Dec;
  readonly bidMultiplierDown: Dec;
  readonly askMultiplierUp: Dec;
  readonly askMultiplierDown: Dec;
  readonly maxNumOrders: number;
  readonly maxNumAlgoOrders: number;
  readonly maxNumOrderLists: number;
}

/** The parts of the rules that differ between symbols, as decimal strings. */
export interface RuleOverrides {
  tickSize?: string;
  stepSize?: string;
  maxQty?: string;
  marketMaxQty?: string;
  minNotional?: string;
  maxNumAlgoOrders?: number;
  maxNumOrders?: number;
}

/** Read from the production `exchangeInfo`; limits that move from day to day (MARKET_LOT_SIZE) are rounded. */
const known: Readonly<Record<string, RuleOverrides>> = {
  BTCUSDT: { tickSize: '0.01', stepSize: '0.00001', maxQty: '9000', marketMaxQty: '120' },
  ETHUSDT: { tickSize: '0.01', stepSize: '0.0001', maxQty: '9000', marketMaxQty: '2000' },
  BNBUSDT: { tickSize: '0.01', stepSize: '0.001', maxQty: '900000', marketMaxQty: '3000' },
  SOLUSDT: { tickSize: '0.01', stepSize: '0.001', maxQty: '90000', marketMaxQty: '20000' },
  XRPUSDT: { tickSize: '0.0001', stepSize: '0.1', maxQty: '9222449', marketMaxQty: '2000000' },
  ETHBTC: { tickSize: '0.00001', stepSize: '0.0001', maxQty: '100000', marketMaxQty: '400', minNotional: '0.0001' },
};

const quoteAssets = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'EUR', 'TRY', 'BTC', 'ETH', 'BNB'];

/** @throws Error when no known quote asset ends the symbol. */
export const splitSymbol = (symbol: string): { baseAsset: string; quoteAsset: string } => {
  const quoteAsset = quoteAssets.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length);
  if (!quoteAsset)
    throw new Error(
      `simulator: cannot tell base from quote in symbol ${symbol}: it ends with none of ${quoteAssets.join(', ')}`,
    );
  return { baseAsset: symbol.slice(0, -quoteAsset.length), quoteAsset };
};

/** The rules of a symbol: the exchange's own where known, else those of BTCUSDT with a tick of about 1/100,000 of the price. */
export const rulesFor = (symbol: string, price: Dec, overrides: RuleOverrides = {}): SymbolRules => {
  const guessedTick = dec(10).pow(Math.min(-2, Math.max(-8, price.gt(0) ? price.e - 5 : -2)));
  const rule: RuleOverrides = { ...(known[symbol] ?? { tickSize: guessedTick.toFixed() }), ...overrides };
  return {
    symbol,
    ...splitSymbol(symbol),
    tickSize: dec(rule.tickSize ?? '0.01'),
    minPrice: dec(rule.tickSize ?? '0.01'),
    maxPrice: dec('1000000'),
    stepSize: dec(rule.stepSize ?? '0.00001'),
    minQty: dec(rule.stepSize ?? '0.00001'),
    maxQty: dec(rule.maxQty ?? '9000'),
    marketMinQty: dec(0),
    marketMaxQty: dec(rule.marketMaxQty ?? '120'),
    marketStepSize: dec(0),
    minNotional: dec(rule.minNotional ?? '5'),
    maxNotional: dec('9000000'),
    bidMultiplierUp: dec(5),
    bidMultiplierDown: dec('0.2'),
    askMultiplierUp: dec(5),
    askMultiplierDown: dec('0.2'),
    maxNumOrders: rule.maxNumOrders ?? 200,
    maxNumAlgoOrders: rule.maxNumAlgoOrders ?? 5,
    maxNumOrderLists: 20,
  };
};
