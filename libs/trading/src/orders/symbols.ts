import { type Asset, asset, type TradingSymbol } from '@bot-core/events';

/** Quote assets of Binance spot, longest first, so that BTCFDUSD is not taken for BTCFD + USD. */
const quotes = [
  'FDUSD',
  'USDT',
  'USDC',
  'TUSD',
  'BUSD',
  'USDP',
  'BTC',
  'ETH',
  'BNB',
  'EUR',
  'TRY',
  'BRL',
  'JPY',
  'DAI',
];

/**
 * Base and quote of a symbol, by its name. The exchange's own answer (`SymbolRules`) is better where it is at hand.
 * @throws {Error} when no known quote asset ends the symbol.
 */
export const splitSymbol = (symbol: TradingSymbol): { base: Asset; quote: Asset } => {
  const quote = quotes.find((candidate) => symbol.endsWith(candidate) && symbol.length > candidate.length);
  if (!quote) throw new Error(`trading: ${symbol} ends in no known quote asset (${quotes.join(', ')}).`);
  return { base: asset(symbol.slice(0, -quote.length)), quote: asset(quote) };
};
