import { performance } from 'node:perf_hooks';
import type { UnixMs } from '../matching/types.ts';

/** `settled`: time stands until the driver advances. `running`: simulated time passes `speed` times as fast as real time. */
export type ClockMode = { readonly kind: 'settled' } | { readonly kind: 'running'; readonly speed: number };

/** `realtime`, `settled` or `x60` (sixty times real time). @throws Error naming what was given. */
export const parseClockMode = (text: string): ClockMode => {
  if (text === 'settled') return { kind: 'settled' };
  if (text === 'realtime') return { kind: 'running', speed: 1 };
  const speed = /^x(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (speed && Number(speed) > 0) return { kind: 'running', speed: Number(speed) };
  throw new Error(`simulator: clock '${text}' is not realtime, settled or xN (for example x60)`);
};

/** The one clock of the exchange: server time, kline times, transaction and event times all come from it. */
export class SimulatedClock {
  readonly mode: ClockMode;
  /** A fault: how far the server's own clock is off in `/api/v3/time` and in timestamp checks. */
  skewMs = 0;
  #time: UnixMs;
  #since = performance.now();

  constructor(mode: ClockMode, start: UnixMs) {
    this.mode = mode;
    this.#time = start;
  }

  now(): UnixMs {
    if (this.mode.kind === 'settled') return this.#time;
    return this.#time + Math.floor((performance.now() - this.#since) * this.mode.speed);
  }

  /** What the server says the time is. */
  serverTime(): UnixMs {
    return this.now() + this.skewMs;
  }

  /** Moves a settled clock forward to `time`, never back; a running one moves by itself. Answers what it shows then. */
  moveTo(time: UnixMs): UnixMs {
    if (this.mode.kind === 'settled') this.#time = Math.max(this.#time, time);
    return this.now();
  }

  /** Real milliseconds until the clock shows `time`. */
  realMsUntil(time: UnixMs): number {
    return this.mode.kind === 'settled' ? 0 : Math.max(0, (time - this.now()) / this.mode.speed);
  }
}
