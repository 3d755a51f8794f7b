import type { Bar } from '../bar.ts';
import type { Feature } from '../feature.ts';

const ofOneBar = (name: string, description: string, value: (bar: Bar) => number): Feature => ({
  name,
  description,
  warmUp: 1,
  memory: 'rolling',
  compute: (bars) => bars.map(value),
});

export const body = ofOneBar('body', '(close - open) / (high - low); 0 while flat', ({ open, high, low, close }) =>
  high === low ? 0 : (close - open) / (high - low),
);

const dayMs = 86_400_000;
const hourAngle = ({ openTime }: Bar): number => (2 * Math.PI * (openTime % dayMs)) / dayMs;
export const hourSin = ofOneBar('hourSin', 'Sine of the time of day of openTime, UTC, as an angle', (bar) =>
  Math.sin(hourAngle(bar)),
);
export const hourCos = ofOneBar('hourCos', 'Cosine of the same angle', (bar) => Math.cos(hourAngle(bar)));
