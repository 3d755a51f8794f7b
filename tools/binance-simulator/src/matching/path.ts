import { type Dec, dec, floorTo } from '../decimal.ts';
import type { Candle } from '../feed/candle.ts';
import type { Move } from './touch.ts';
import type { UnixMs } from './types.ts';

export interface PathPoint {
  readonly price: Dec;
  readonly at: UnixMs;
  readonly move: Move;
  /** How much of the bar has passed: 1 at its last point. */
  readonly share: number;
}

/**
 * How a bar unfolds: open → first extreme → second extreme → close. A bar that closes at or above its open makes its low
 * first, any other its high first. The open may be away from the last close (a jump); everything else is a walk.
 *
 * The four corners lie at the open time, one third, two thirds and the close time; `stepsPerLeg` - 1 further points, rounded
 * down to the tick, lie evenly on each of the three legs.
 */
export const pathOf = (candle: Candle, stepsPerLeg = 1, tickSize: Dec = dec('0.00000001')): readonly PathPoint[] => {
  const open = dec(candle.open);
  const close = dec(candle.close);
  const [first, second] = close.gte(open) ? [candle.low, candle.high] : [candle.high, candle.low];
  const corners = [open, dec(first), dec(second), close];
  const duration = candle.closeTime - candle.openTime;
  const points: PathPoint[] = [{ price: open, at: candle.openTime, move: 'jump', share: 0 }];
  for (let leg = 1; leg < 4; leg += 1) {
    const from = corners[leg - 1]!;
    const to = corners[leg]!;
    for (let step = 1; step <= stepsPerLeg; step += 1) {
      const share = (leg - 1 + step / stepsPerLeg) / 3;
      const price =
        step === stepsPerLeg ? to : floorTo(from.plus(to.minus(from).times(step).div(stepsPerLeg)), tickSize);
      points.push({ price, at: candle.openTime + Math.floor(duration * share), move: 'walk', share });
    }
  }
  return points;
};
