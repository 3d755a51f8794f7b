import { performance } from 'node:perf_hooks';
import type { Message, PriceUpdated, TradingSymbol } from '@bot-core/events';

/** Between two prices of a symbol. Real time; the exchange tells one a second, a simulated one thousands. */
const quietMs = 20;

interface Told {
  at: number;
  waiting: Message<PriceUpdated> | undefined;
}

/** Tells live prices, of which only the newest counts: at once after a pause, else the newest one when the pause is over. */
export class PriceTeller {
  readonly #tell: (message: Message<PriceUpdated>) => void;
  readonly #told = new Map<TradingSymbol, Told>();

  constructor(tell: (message: Message<PriceUpdated>) => void) {
    this.#tell = tell;
  }

  take(message: Message<PriceUpdated>): void {
    const { symbol } = message.data;
    const now = performance.now();
    const told = this.#told.get(symbol) ?? { at: -Infinity, waiting: undefined };
    this.#told.set(symbol, told);
    const pauseMs = told.at + quietMs - now;
    if (told.waiting === undefined && pauseMs <= 0) {
      told.at = now;
      this.#tell(message);
      return;
    }
    if (told.waiting === undefined) setTimeout(() => this.#tellWaiting(told), pauseMs);
    told.waiting = message;
  }

  #tellWaiting(told: Told): void {
    if (!told.waiting) return;
    told.at = performance.now();
    this.#tell(told.waiting);
    told.waiting = undefined;
  }
}
