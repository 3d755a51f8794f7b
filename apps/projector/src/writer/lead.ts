import type { Health, Logger } from '@bot-core/service';
import { setTimeout as pause } from 'node:timers/promises';
import { Overtaken } from '../store/commit.ts';
import { type SessionOptions, writeWhileLeading } from './session.ts';

const retryMs = { first: 200, longest: 5_000 };

/**
 * Stands by and writes, for ever, until `signal` is aborted: whatever ends a session is said, and the next one begins
 * at the last commit.
 */
export const keepWriting = async (
  options: SessionOptions,
  { logger, health, onResigned }: { logger: Logger; health: Health; onResigned: () => void },
): Promise<void> => {
  let waitMs = retryMs.first;
  const leading = (writing: Parameters<SessionOptions['onLeading']>[0]) => {
    const { commits, portfolioRevision, signalsSequence } = writing.checkpoint;
    logger.info({ commits, portfolioRevision, signalsSequence }, 'projector: writing from here on');
    options.onLeading(writing);
  };
  const committed: SessionOptions['onCommitted'] = (...args) => {
    waitMs = retryMs.first;
    health.set('projection', 'up');
    options.onCommitted(...args);
  };
  while (!options.signal.aborted) {
    try {
      health.set('projection', 'up', 'another projector may be writing');
      await writeWhileLeading({ ...options, onLeading: leading, onCommitted: committed });
    } catch (error) {
      if (options.signal.aborted) return;
      const { message } = error as Error;
      if (error instanceof Overtaken) {
        logger.warn(`${message} Beginning again from there.`);
        continue;
      }
      health.set('projection', 'down', message);
      logger.error({ err: error, againInMs: waitMs }, `projector: stopped writing: ${message}`);
      await pause(waitMs, undefined, { signal: options.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, retryMs.longest);
    } finally {
      onResigned();
    }
  }
};
