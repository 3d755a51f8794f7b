import { ROC, RSI, StochasticOscillator } from 'trading-signals';
import type { Bar } from '../bar.ts';
import { closeOf, type Feature, streamed } from '../feature.ts';

export const logReturn: Feature = {
  name: 'logReturn',
  description: 'ln(close / previous close)',
  warmUp: 2,
  memory: 'rolling',
  compute: (bars) =>
    bars.map(({ close }, index) => {
      const previous = bars[index - 1];
      return previous ? Math.log(close / previous.close) : Number.NaN;
    }),
};

const rateOfChange = (interval: number): Feature => ({
  name: `roc${interval}`,
  description: `close / close ${interval} candles ago - 1`,
  warmUp: interval + 1,
  memory: 'rolling',
  compute: streamed(
    () => new ROC(interval),
    closeOf,
    (roc) => roc,
    interval + 1,
  ),
});

export const roc6 = rateOfChange(6);
export const roc24 = rateOfChange(24);

/** Where nothing has moved yet there is neither strength nor weakness; the library would say 100. */
const unmoved = (bars: readonly Bar[]): number => {
  const moved = bars.findIndex(({ close }) => close !== bars[0]?.close);
  return moved < 0 ? bars.length : moved;
};
const rsiWarmUp = 15;
const rsi = streamed(
  () => new RSI(14),
  closeOf,
  (value) => value / 50 - 1,
  rsiWarmUp,
);
export const rsi14: Feature = {
  name: 'rsi14',
  description: "Wilder's RSI 14, scaled from 0..100 to -1..1",
  warmUp: rsiWarmUp,
  memory: 'recursive',
  compute: (bars) => {
    const still = unmoved(bars);
    return rsi(bars).map((value, index) => (index < still && index + 1 >= rsiWarmUp ? 0 : value));
  },
};

/** 14 candles for the raw K, 3 for its average, 3 for the average of that. */
const stochasticWarmUp = 14 + 2 + 2;
const stands = (bars: readonly Bar[]): boolean => bars.every(({ high, low }) => high === low && high === bars[0]?.high);
const stochastic = (name: string, description: string, value: (k: number, d: number) => number): Feature => {
  const oscillator = streamed(
    () => new StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }),
    (bar) => bar,
    ({ stochK, stochD }) => value(stochK, stochD),
    stochasticWarmUp,
  );
  return {
    name,
    description: `${description}; 0 while flat`,
    warmUp: stochasticWarmUp,
    memory: 'rolling',
    /** Where nothing moves the library puts the close at the bottom of its range; we say it is in the middle. */
    compute: (bars) =>
      oscillator(bars).map((reading, index) =>
        Number.isFinite(reading) && stands(bars.slice(index + 1 - stochasticWarmUp, index + 1)) ? 0 : reading,
      ),
  };
};
export const stochasticK = stochastic('stochasticK', 'Slow stochastic K (14, 3), scaled to -1..1', (k) => k / 50 - 1);
export const stochasticSpread = stochastic(
  'stochasticSpread',
  'Slow stochastic K minus its D (14, 3, 3), per 100',
  (k, d) => (k - d) / 100,
);
