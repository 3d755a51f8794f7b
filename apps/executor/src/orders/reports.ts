import type { Exchange, OrderReport, Subscription } from '@bot-core/exchange';
import type { Health, Logger } from '@bot-core/service';
import type { Trader } from './trader.ts';

interface Following {
  readonly exchange: Exchange;
  readonly trader: Trader;
  readonly health: Health;
  readonly logger: Logger;
  readonly checkIntervalMs: number;
}

/**
 * Keeps the ledger up with the exchange: the reports that it pushes, one at a time in the order they come, a review of
 * what rests there after each connection, and another on a timer for what no report told. A failure is logged and made good
 * by the next review.
 */
export const followOrders = async ({
  exchange,
  trader,
  health,
  logger,
  checkIntervalMs,
}: Following): Promise<Subscription> => {
  let turn: Promise<void> = Promise.resolve();
  const enqueue = (what: string, work: () => Promise<void>): Promise<void> => {
    turn = turn
      .then(work)
      .catch((err: unknown) => logger.error({ err }, `${what} failed; the next review makes it good`));
    return turn;
  };
  const review = () => enqueue('a review of the open orders', () => trader.settle().then(() => trader.review()));

  const subscription = await exchange.followOrders({
    onReport: (report: OrderReport) => void enqueue(`a report on ${report.clientOrderId}`, () => trader.report(report)),
    onConnected: () => {
      health.set('user-data stream', 'up');
      void review();
    },
    onDisconnected: (reason) => health.set('user-data stream', 'down', reason),
  });
  let reviewing = false;
  const timer = setInterval(() => {
    if (reviewing) return;
    reviewing = true;
    void review().finally(() => (reviewing = false));
  }, checkIntervalMs);
  return {
    close: async () => {
      clearInterval(timer);
      await subscription.close();
      await turn;
    },
  };
};
