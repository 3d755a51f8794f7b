import { z } from 'zod';
import { runService, setting } from '../src/index.ts';

/** A service for the tests: what it does wrong is told by the environment. */
const settings = {
  fault: setting('FIXTURE_FAULT', 'What goes wrong.', z.string(), { default: 'none' }),
  password: setting('FIXTURE_PASSWORD', 'Something nobody may see.', z.string().min(8), {
    default: 'unset-password',
    secret: true,
  }),
};

await runService({
  name: 'fixture',
  settings,
  start: async ({ config, logger, health, signal }) => {
    health.set('bus', 'starting', 'connecting');
    if (config.fault === 'start') throw new Error('the bus at nats://nowhere does not answer. Set NATS_URL.');
    if (config.fault === 'slow-start') {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('interrupted'))));
    }
    health.set('bus', 'up');
    if (config.fault === 'bus-down') health.set('bus', 'down', 'connection refused');
    if (config.fault === 'rejection') setImmediate(() => void Promise.reject(new Error('nobody awaits me')));
    if (config.fault === 'logs-secret') logger.warn({ url: `postgres://u:${config.password}@db` }, 'connecting');
    signal.addEventListener('abort', () => logger.info('told to stop'));
    return {
      close: async () => {
        if (config.fault === 'close') throw new Error('the outbox is not empty');
        if (config.fault === 'hangs') await new Promise(() => setInterval(() => undefined, 1_000));
        logger.info('closing the bus');
      },
    };
  },
});
