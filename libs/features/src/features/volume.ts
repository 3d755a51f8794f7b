import { SMA } from 'trading-signals';
import { type Feature, streamed } from '../feature.ts';

export const volumeRatio: Feature = {
  name: 'volumeRatio',
  description: 'ln(1 + volume / SMA 20 of volume) - ln 2: 0 at its average; 0 where nothing was traded at all',
  warmUp: 20,
  memory: 'rolling',
  compute: streamed(
    () => new SMA(20),
    ({ volume }) => volume,
    (average, { volume }) => (average > 0 ? Math.log1p(volume / average) - Math.LN2 : 0),
    20,
  ),
};
