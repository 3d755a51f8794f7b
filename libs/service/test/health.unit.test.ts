import { expect, it } from 'vitest';
import { Health } from '../src/index.ts';

it('is ready when every dependency is up, and remembers since when', () => {
  let now = 1_000;
  const health = new Health(() => now);
  health.set('bus', 'starting');
  health.set('ledger', 'up');
  expect(health.snapshot().ready).toBe(false);

  now = 2_000;
  health.set('bus', 'up', 'nats://a');
  now = 3_000;
  health.set('bus', 'up', 'nats://b');
  expect(health.snapshot()).toEqual({
    ready: true,
    dependencies: {
      bus: { state: 'up', detail: 'nats://b', since: 2_000 },
      ledger: { state: 'up', detail: '', since: 1_000 },
    },
  });

  now = 4_000;
  health.set('ledger', 'down', 'connection refused');
  expect(health.snapshot()).toMatchObject({
    ready: false,
    dependencies: { ledger: { state: 'down', detail: 'connection refused', since: 4_000 } },
  });
});
