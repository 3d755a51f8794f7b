import { type PriceUpdated, type TradingSymbol, type ViewChanged, type Message } from '@bot-core/events';
import type { PositionRecord } from '../projections/records.ts';
import type { Writing } from '../writer/batch.ts';
import { viewChanged } from './notices.ts';

/** Of one symbol's positions, notices because of a price are at least this far apart. */
const noticeEveryMs = 250;

/** Tells that the unrealised profit of open positions follows the price, at most four times a second per symbol. */
export class OpenPositions {
  #open: ReadonlyMap<string, PositionRecord> = new Map();
  #commits = 0;
  readonly #pending = new Map<TradingSymbol, PriceUpdated | undefined>();
  readonly #notify: (message: Message<ViewChanged>) => void;

  constructor(notify: (message: Message<ViewChanged>) => void) {
    this.#notify = notify;
  }

  /** The writer's knowledge after a commit; undefined while another projector writes (which then tells). */
  follow(writing: Writing | undefined): void {
    this.#open = writing?.known.positions ?? new Map();
    this.#commits = writing?.checkpoint.commits ?? 0;
  }

  /** At once when it has been quiet; otherwise when the pause is over, with the newest price then. */
  priceChanged(update: PriceUpdated): void {
    const { symbol } = update;
    if (this.#pending.has(symbol)) return void this.#pending.set(symbol, update);
    const concerned = [...this.#open.values()].filter((position) => position.symbol === symbol);
    if (concerned.length === 0) return;
    for (const { positionId } of concerned)
      this.#notify(viewChanged('positions', positionId, this.#commits, update.at));
    this.#pending.set(symbol, undefined);
    setTimeout(() => {
      const missed = this.#pending.get(symbol);
      this.#pending.delete(symbol);
      if (missed) this.priceChanged(missed);
    }, noticeEveryMs).unref();
  }
}
