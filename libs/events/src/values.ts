import { z } from 'zod';

/** The scalars of the contract. Money and quantities are decimal strings; times are milliseconds since the Unix epoch, UTC. */

const decimal = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const unsigned = /^(0|[1-9]\d*)(\.\d+)?$/;

export const Price = z
  .string()
  .regex(unsigned)
  .brand<'Price'>()
  .describe('Quote asset per unit of base, decimal string');
export type Price = z.infer<typeof Price>;

export const Quantity = z.string().regex(unsigned).brand<'Quantity'>().describe('Base asset, decimal string');
export type Quantity = z.infer<typeof Quantity>;

export const Amount = z
  .string()
  .regex(decimal)
  .brand<'Amount'>()
  .describe('An amount of a named asset, decimal string, may be negative');
export type Amount = z.infer<typeof Amount>;

export const UnixMs = z.int().nonnegative().brand<'UnixMs'>().describe('Milliseconds since the Unix epoch, UTC');
export type UnixMs = z.infer<typeof UnixMs>;

export const TradingSymbol = z
  .string()
  .regex(/^[A-Z0-9]{2,20}$/)
  .brand<'TradingSymbol'>()
  .describe("The exchange's name of a market, such as BTCUSDT");
export type TradingSymbol = z.infer<typeof TradingSymbol>;

export const Asset = z
  .string()
  .regex(/^[A-Z0-9]{1,20}$/)
  .brand<'Asset'>()
  .describe('An asset by its exchange name, such as USDT');
export type Asset = z.infer<typeof Asset>;

export const Venue = z.enum(['spot', 'futures']).describe('spot: long or flat; futures: long and short');
export type Venue = z.infer<typeof Venue>;

/** Candle intervals in milliseconds. Calendar intervals (1w, 1M) are left out: their length is not fixed or not aligned. */
export const intervalMs = {
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
} as const;
export type Interval = keyof typeof intervalMs;
export const Interval = z
  .enum(Object.keys(intervalMs) as [Interval, ...Interval[]])
  .describe('Candle interval, as the exchange writes it');

export const Uuid = z.uuid().describe('UUID');

/** Ours, sent with an order and echoed by the exchange. Binance allows 36 of these characters. */
export const ClientOrderId = z
  .string()
  .regex(/^[A-Za-z0-9_:/.-]{1,36}$/)
  .brand<'ClientOrderId'>()
  .describe('Our order id, derived from what the order stands for; echoed by the exchange');
export type ClientOrderId = z.infer<typeof ClientOrderId>;

export const Side = z.enum(['BUY', 'SELL']).describe('Side of an order or a fill, in base asset');
export type Side = z.infer<typeof Side>;

/** Marks an already valid string or number as what it is. For literals in tests and values read from a trusted adapter. */
export const price = (value: string): Price => Price.parse(value);
export const quantity = (value: string): Quantity => Quantity.parse(value);
export const amount = (value: string): Amount => Amount.parse(value);
export const unixMs = (value: number): UnixMs => UnixMs.parse(value);
export const tradingSymbol = (value: string): TradingSymbol => TradingSymbol.parse(value);
export const asset = (value: string): Asset => Asset.parse(value);
