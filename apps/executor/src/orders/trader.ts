import type { ClientOrderId } from '@bot-core/events';
import {
  AmbiguousAnswer,
  type Exchange,
  NotNow,
  type OrderReport,
  type OrderSnapshot,
  type OrderToSubmit,
  type SubmitAnswer,
} from '@bot-core/exchange';
import type { Logger } from '@bot-core/service';
import { findOrder, isDone, isResting, type Order, type Work, workOf } from '@bot-core/trading';
import type { PortfolioService } from '../portfolio/portfolio.service.ts';

export interface TraderOptions {
  readonly portfolio: PortfolioService;
  readonly exchange: Exchange;
  readonly claimant: string;
  /** After this long no copy of a signed request can still be taken by the exchange. */
  readonly recvWindowMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** How long to wait before asking again after an ambiguous answer. */
const askAgainMs = 250;

/** Does at the exchange what the ledger says is to be done, and writes what came of it. The ledger decides; this obeys. */
export class Trader {
  readonly #busy = new Map<ClientOrderId, Promise<void>>();

  constructor(private readonly options: TraderOptions) {}

  /** Works until the ledger asks for nothing more. Rejects when the ledger or the exchange fails; call it again then. */
  async settle(): Promise<void> {
    for (;;) {
      const work = workOf(this.options.portfolio.state);
      if (work.length === 0 || this.options.signal.aborted) return;
      await Promise.all(work.map((item) => this.#once(item)));
    }
  }

  /** Asks the exchange about every order that rests there: what a lost report would have told. */
  async review(): Promise<void> {
    const { portfolio } = this.options;
    const resting = [...portfolio.state.orders.values()].filter(({ status }) => isResting(status));
    for (const order of resting) await this.#observe(order, await this.options.exchange.find(submission(order)));
    await this.settle();
  }

  /** Books what a report tells. What it leaves open is asked for, never concluded from a status that may have outrun a fill. */
  async report({ clientOrderId, exchangeOrderId, status, fill, symbol, at }: OrderReport): Promise<void> {
    const { portfolio, exchange } = this.options;
    const order = findOrder(portfolio.state, clientOrderId);
    if (!order) return;
    const id = order.terms.clientOrderId;
    await this.#busy.get(id)?.catch(() => undefined); // its answer may carry the same news, in better order
    if (fill)
      await portfolio.execute(
        { type: 'ObserveFill', clientOrderId: id, exchangeOrderId, fill, rules: await exchange.rules(symbol), at },
        portfolio.causeOf(id),
      );
    const now = findOrder(portfolio.state, id);
    if (status !== 'open' && now && !isDone(now.status)) await this.#observe(now, await exchange.find(submission(now)));
    await this.settle();
  }

  #once(work: Work): Promise<void> {
    const id = work.order.terms.clientOrderId;
    const running = this.#busy.get(id);
    if (running) return running;
    const done = this.#perform(work).finally(() => this.#busy.delete(id));
    this.#busy.set(id, done);
    return done;
  }

  #perform({ kind, order }: Work): Promise<void> {
    switch (kind) {
      case 'send':
        return this.#send(order);
      case 'find':
        return this.#find(order);
      case 'cancel':
        return this.#cancel(order);
      default:
        return kind satisfies never;
    }
  }

  async #send(order: Order): Promise<void> {
    const { portfolio, exchange, claimant, logger } = this.options;
    const { clientOrderId } = order.terms;
    const cause = portfolio.causeOf(clientOrderId);
    const at = await exchange.now();
    const claim = await portfolio.execute({ type: 'ClaimOrder', clientOrderId, claimant, at }, cause);
    if (!claim.some(({ type }) => type === 'OrderClaimed')) return; // stale, or another executor took it
    const answer = await this.#submit(order);
    if (answer?.outcome === 'accepted') await this.#observe(order, answer.order);
    if (answer?.outcome !== 'rejected') return;
    const { code, message } = answer;
    logger.warn({ clientOrderId, code, message }, 'the exchange refused an order');
    const rules = await exchange.rules(order.terms.symbol);
    await portfolio.execute({ type: 'RecordRejection', clientOrderId, code, message, rules, at: answer.at }, cause);
  }

  /** Undefined where nothing definitive was heard. Only what `submit` itself says may release a claim: nothing that comes after it. */
  async #submit(order: Order): Promise<SubmitAnswer | undefined> {
    const { portfolio, exchange, logger } = this.options;
    const { clientOrderId } = order.terms;
    try {
      return await exchange.submit(submission(order));
    } catch (error) {
      if (error instanceof AmbiguousAnswer) {
        logger.warn({ clientOrderId, err: error }, 'no answer to an order: it is in flight until the exchange tells');
        return undefined;
      }
      if (!(error instanceof NotNow)) throw error;
      await this.#pause(error.retryAfterMs);
      const at = await exchange.now();
      await portfolio.execute({ type: 'ReleaseOrder', clientOrderId, at }, portfolio.causeOf(clientOrderId));
      return undefined;
    }
  }

  /** The sender is gone or got no answer. Only after a copy can no longer arrive does "unknown" mean "never sent". */
  async #find(order: Order): Promise<void> {
    const { portfolio, exchange, recvWindowMs, logger } = this.options;
    const { clientOrderId } = order.terms;
    const noCopyAfter = performance.now() + recvWindowMs;
    for (;;) {
      const last = performance.now() >= noCopyAfter;
      const found = await exchange.find(submission(order));
      if (found) return this.#observe(order, found);
      if (last || this.options.signal.aborted) break;
      await this.#pause(Math.min(askAgainMs, noCopyAfter - performance.now()));
    }
    if (this.options.signal.aborted) return;
    logger.warn({ clientOrderId }, 'the exchange never got an order; it is free to be sent again');
    const cause = portfolio.causeOf(clientOrderId);
    await portfolio.execute({ type: 'ReleaseOrder', clientOrderId, at: await exchange.now() }, cause);
  }

  async #cancel(order: Order): Promise<void> {
    const { exchange } = this.options;
    try {
      const seen = (await exchange.cancel(submission(order))) ?? (await exchange.find(submission(order)));
      await this.#observe(order, seen);
    } catch (error) {
      if (!(error instanceof NotNow) && !(error instanceof AmbiguousAnswer)) throw error;
      this.options.logger.warn({ err: error }, 'a cancel got no answer; asking again');
      await this.#pause(error instanceof NotNow ? error.retryAfterMs : askAgainMs);
    }
  }

  async #observe(order: Order, seen: OrderSnapshot | null): Promise<void> {
    const { portfolio, exchange, logger } = this.options;
    const { clientOrderId, symbol } = order.terms;
    if (!seen) {
      logger.error({ clientOrderId }, 'the exchange does not know an order that it had accepted');
      return;
    }
    await portfolio.execute(
      { type: 'ObserveOrder', clientOrderId, order: seen, rules: await exchange.rules(symbol), at: seen.at },
      portfolio.causeOf(clientOrderId),
    );
  }

  /** Waits, unless the service is told to stop. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.options;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(end, Math.max(0, ms));
      signal.addEventListener('abort', end, { once: true });
      function end() {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
    });
  }
}

const submission = ({ terms }: Order): OrderToSubmit => ({
  symbol: terms.symbol,
  clientOrderId: terms.clientOrderId,
  request: terms.request,
});
