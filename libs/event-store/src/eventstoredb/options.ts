import type { BackoffOptions } from '../backoff.ts';
import type { EventStoreHealth } from '../port.ts';

export interface ConnectOptions {
  /** How long an append, a ping or the next event of a read may take, in milliseconds. By default 5,000. */
  deadlineMs?: number;
  /** How often an append, a ping or a read is tried in all, when the connection fails. By default 8. */
  attempts?: number;
  /** The pauses between tries, of subscriptions too. By default 50 ms doubling to 3 s. */
  backoff?: BackoffOptions;
  /** Is told whenever {@link EventStoreHealth.status} changes. */
  onHealth?: (health: EventStoreHealth) => void;
}

export type Settings = Required<Omit<ConnectOptions, 'onHealth'>> & Pick<ConnectOptions, 'onHealth'>;

export const withDefaults = (options: ConnectOptions): Settings => ({
  deadlineMs: 5_000,
  attempts: 8,
  backoff: { minDelayMs: 50, maxDelayMs: 3_000 },
  ...options,
});
