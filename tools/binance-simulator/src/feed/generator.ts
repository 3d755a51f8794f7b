import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type Candle, intervals } from './candle.ts';
import { completeCandle } from './csv.ts';

export interface GeneratorOptions {
  readonly symbol: string;
  readonly interval: string;
  readonly seed: number;
  /** Open time of the first candle, unix ms. */
  readonly startTime: number;
  /** First open, in quote. */
  readonly startPrice?: number;
  /** Decimals of a price; 2 for a tick of 0.01. */
  readonly priceDecimals?: number;
}

/** Moves inside one bar; more make longer wicks and smoother bodies. */
const stepsPerBar = 16;

/** Standard normal by Marsaglia's polar method. */
const normal = (random: RandomGenerator): number => {
  for (;;) {
    const u = 2 * uniformFloat64(random) - 1;
    const v = 2 * uniformFloat64(random) - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
};

/** Student's t with 5 degrees of freedom, scaled to variance 1: fat tails, as returns have them. */
const student5 = (random: RandomGenerator): number => {
  let chi = 0;
  for (let degree = 0; degree < 5; degree += 1) chi += normal(random) ** 2;
  return (normal(random) / Math.sqrt(chi / 5)) * Math.sqrt(3 / 5);
};

const seedOf = (symbol: string, seed: number): number => {
  let hash = seed | 0;
  for (const char of symbol) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return hash;
};

/**
 * An endless series of candles whose volatility clusters: bar variance follows GARCH(1,1),
 * h' = (1 - α - β)·v + α·r² + β·h with α = 0.08, β = 0.90 (Bollerslev 1986), where v is the long-run variance of a market
 * with 60 % volatility a year. Each bar is a walk of 16 steps with Student-t shocks of variance h/16; its volume rises with
 * the size of the move. The same options give the same candles.
 */
export function* generateCandles(options: GeneratorOptions): Generator<Candle, never> {
  const random = xoroshiro128plus(seedOf(options.symbol, options.seed));
  const length = intervals[options.interval];
  if (!length) throw new Error(`simulator: no generator for interval ${options.interval}`);
  const longRun = (0.6 ** 2 * length) / (365 * 86_400_000);
  const decimals = options.priceDecimals ?? 2;
  const tick = 10 ** -decimals;
  let variance = longRun;
  let price = options.startPrice ?? 50_000;
  for (let openTime = options.startTime; ; openTime += length) {
    const open = price;
    let high = open;
    let low = open;
    for (let step = 0; step < stepsPerBar; step += 1) {
      // A single step beyond ±20 % of the price would be an accident, not a market.
      const shock = Math.max(-0.2, Math.min(0.2, Math.sqrt(variance / stepsPerBar) * student5(random)));
      price = Math.max(tick * 10, price * Math.exp(shock));
      high = Math.max(high, price);
      low = Math.min(low, price);
    }
    price = Number(price.toFixed(decimals));
    const change = Math.log(price / open);
    variance = 0.02 * longRun + 0.08 * change ** 2 + 0.9 * variance;
    const activity = 0.5 + (Math.abs(change) + (high - low) / open) / Math.sqrt(longRun);
    const volume = (activity * (0.75 + 0.5 * uniformFloat64(random)) * 3e7 * (length / 3_600_000)) / open;
    yield completeCandle({
      openTime,
      closeTime: openTime + length - 1,
      open: open.toFixed(8),
      high: Math.max(Number(high.toFixed(decimals)), open, price).toFixed(8),
      low: Math.min(Number(low.toFixed(decimals)), open, price).toFixed(8),
      close: price.toFixed(8),
      volume: volume.toFixed(5) + '000',
    });
  }
}
