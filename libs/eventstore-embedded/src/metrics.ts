/** What the server counts. The default, {@link noMetrics}, counts nothing. */
export interface Metrics {
  /** An append was answered. `events` were stored, `seconds` passed between its last byte and the answer. */
  appended(events: number, outcome: 'appended' | 'wrong-expected-version' | 'stream-deleted', seconds: number): void;
  /** Events went out to a reader or a subscriber. */
  delivered(events: number): void;
  /** The number of open subscriptions changed by this. */
  subscriptions(change: 1 | -1): void;
}

export const noMetrics: Metrics = {
  appended: () => undefined,
  delivered: () => undefined,
  subscriptions: () => undefined,
};
