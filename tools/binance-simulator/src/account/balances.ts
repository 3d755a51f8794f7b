import { type Dec, zero } from '../decimal.ts';
import type { BalanceView } from '../matching/types.ts';

interface Hold {
  readonly asset: string;
  amount: Dec;
}

/** Free and locked amounts per asset. Locked is, always, the sum of the holds of open orders and lists. */
export class Balances {
  readonly #free = new Map<string, Dec>();
  readonly #locked = new Map<string, Dec>();
  readonly #holds = new Map<string, Hold>();
  readonly #touched = new Set<string>();

  constructor(start: Readonly<Record<string, Dec>>) {
    for (const [asset, amount] of Object.entries(start)) this.#free.set(asset, amount);
  }

  free(asset: string): Dec {
    return this.#free.get(asset) ?? zero;
  }

  locked(asset: string): Dec {
    return this.#locked.get(asset) ?? zero;
  }

  held(holder: string): Dec {
    return this.#holds.get(holder)?.amount ?? zero;
  }

  assets(): readonly string[] {
    return [...this.#free.keys()].sort();
  }

  view(asset: string): BalanceView {
    return { asset, free: this.free(asset), locked: this.locked(asset) };
  }

  /** Makes a holder's locked amount exactly `amount`, from or to free. */
  hold(holder: string, asset: string, amount: Dec): void {
    const before = this.held(holder);
    const more = amount.minus(before);
    if (more.isZero()) return;
    this.#setFree(asset, this.free(asset).minus(more));
    this.#locked.set(asset, this.locked(asset).plus(more));
    if (amount.isZero()) this.#holds.delete(holder);
    else this.#holds.set(holder, { asset, amount });
  }

  credit(asset: string, amount: Dec): void {
    this.#setFree(asset, this.free(asset).plus(amount));
  }

  debit(asset: string, amount: Dec): void {
    this.#setFree(asset, this.free(asset).minus(amount));
  }

  /** The balances that changed since the last call, by asset name. */
  takeChanges(): readonly BalanceView[] {
    const changed = [...this.#touched].sort().map((asset) => this.view(asset));
    this.#touched.clear();
    return changed;
  }

  #setFree(asset: string, amount: Dec): void {
    if (amount.isNegative() && !amount.isZero())
      throw new Error(`simulator: free ${asset} would become ${amount.toFixed()}; an order was not covered`);
    this.#free.set(asset, amount);
    this.#touched.add(asset);
  }
}
