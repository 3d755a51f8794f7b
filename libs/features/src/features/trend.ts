import { EMA, MACD } from 'trading-signals';
import { closeOf, type Feature, streamed } from '../feature.ts';

/** EMA with weight 2 / (n + 1), started at the first close of the window. */
const emaDistance = (interval: number): Feature => ({
  name: `ema${interval}Distance`,
  description: `close / EMA ${interval} - 1`,
  warmUp: interval,
  memory: 'recursive',
  compute: streamed(
    () => new EMA(interval),
    closeOf,
    (ema, { close }) => close / ema - 1,
    interval,
  ),
});

export const ema9Distance = emaDistance(9);
export const ema21Distance = emaDistance(21);
export const ema50Distance = emaDistance(50);

/** The signal line is an EMA 9 of the MACD line, which starts at bar 26. */
const macdWarmUp = 26 + 9 - 1;
export const macdHistogram: Feature = {
  name: 'macdHistogram',
  description: '(MACD(12, 26) - its EMA 9) / close',
  warmUp: macdWarmUp,
  memory: 'recursive',
  compute: streamed(
    () => new MACD(new EMA(12), new EMA(26), new EMA(9)),
    closeOf,
    ({ histogram }, { close }) => histogram / close,
    macdWarmUp,
  ),
};
