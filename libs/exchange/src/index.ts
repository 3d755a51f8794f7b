export * from './errors.ts';
export type * from './port.ts';
export { type BinanceOptions, connectBinance } from './binance/connect.ts';
export type { ExchangeLogger } from './binance/logger.ts';
