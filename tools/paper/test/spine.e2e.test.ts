import { describe, expect, it } from 'vitest';
import { failures, playGenerated } from './paper.ts';

const candles = 300;
/** Killed one after another in the middle of the run, each once, while a candle is on its way. */
const victims = ['ingest', 'predictor', 'executor', 'projector', 'nats', 'eventstore'] as const;

describe('candles through the whole system', () => {
  it('come out as orders, positions and PnL, accounted for to the last digit, and the same twice', async () => {
    const first = await playGenerated({ limit: candles });
    expect(failures(first)).toEqual([]);
    expect(first.candles.played).toBe(candles);
    expect(first.roundTrips.count).toBeGreaterThan(5);
    expect(first.restarts).toEqual({});

    const second = await playGenerated({ limit: candles });
    expect(second.ledger).toEqual(first.ledger);
    expect(second.finalEquity).toBe(first.finalEquity);
  }, 240_000);

  it('lose nothing and do nothing twice when every process is killed once', async () => {
    let next = 0;
    const summary = await playGenerated({
      limit: candles,
      onCandle: (played, _total, system) => {
        const victim = victims[next];
        if (!victim || played < (next + 1) * 40) return;
        next += 1;
        // Not before the next candle has left the exchange, so that it hits work under way.
        setTimeout(() => system.kill(victim, 'SIGKILL'), next);
      },
    });
    expect(failures(summary)).toEqual([]);
    expect(summary.restarts).toEqual(Object.fromEntries(victims.map((victim) => [victim, 1])));
    expect(summary.roundTrips.count).toBeGreaterThan(5);
  }, 300_000);
});
