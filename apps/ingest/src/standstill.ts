import { performance } from 'node:perf_hooks';

const tickMs = 2_000;
const tooLongMs = 15_000;

/**
 * Notices when this process stood still (stopped, or starved of CPU): what it then finds in its sockets may be older than it
 * looks. Says so for a while after it went on.
 */
export const watchStandstill = (): { stoodStill(): boolean; close(): void } => {
  let lastTick = performance.now();
  let suspectUntil = -Infinity;
  const tick = () => {
    const now = performance.now();
    if (now - lastTick > tooLongMs) suspectUntil = now + tooLongMs;
    lastTick = now;
  };
  const timer = setInterval(tick, tickMs);
  return {
    stoodStill: () => {
      tick();
      return performance.now() < suspectUntil;
    },
    close: () => clearInterval(timer),
  };
};
