import { BollingerBands, NATR } from 'trading-signals';
import { closeOf, type Feature, streamed } from '../feature.ts';

const bands = (
  name: string,
  description: string,
  value: (band: { lower: number; middle: number; upper: number }, close: number) => number,
): Feature => ({
  name,
  description,
  warmUp: 20,
  memory: 'rolling',
  compute: streamed(
    () => new BollingerBands(20, 2),
    closeOf,
    (band, { close }) => value(band, close),
    20,
  ),
});

export const percentB = bands(
  'percentB',
  'Bollinger %B (20, 2) - 0.5: -0.5 at the lower band, 0.5 at the upper; 0 while flat',
  ({ lower, upper }, close) => (upper === lower ? 0 : (close - lower) / (upper - lower) - 0.5),
);
export const bandWidth = bands(
  'bandWidth',
  '(upper - lower) / middle of the Bollinger bands (20, 2)',
  ({ lower, middle, upper }) => (upper - lower) / middle,
);

export const atr14: Feature = {
  name: 'atr14',
  description: "Wilder's average true range 14 / close",
  warmUp: 14,
  memory: 'recursive',
  compute: streamed(
    () => new NATR(14),
    (bar) => bar,
    (percent) => percent / 100,
    14,
  ),
};

const realisedOver = 24;
/** Trading-signals has no realised volatility. */
export const realisedVolatility: Feature = {
  name: 'realisedVolatility',
  description: `Root of the mean square of the last ${realisedOver} log returns, per candle`,
  warmUp: realisedOver + 1,
  memory: 'rolling',
  compute: (bars) => {
    const squares = bars.map(({ close }, index) => {
      const previous = bars[index - 1];
      return previous ? Math.log(close / previous.close) ** 2 : Number.NaN;
    });
    return bars.map((_, index) => {
      if (index < realisedOver) return Number.NaN;
      let sum = 0;
      for (const square of squares.slice(index - realisedOver + 1, index + 1)) sum += square;
      return Math.sqrt(sum / realisedOver);
    });
  },
};
