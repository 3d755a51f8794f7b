import { type Bar, isContiguous } from '@bot-core/features';

/** A candle as the stream holds it. `sequence` is its place there. */
export interface StoredBar {
  readonly bar: Bar;
  readonly sequence: number;
}

/** Reads the stored candles of one series with `from <= sequence <= to`, in order of sequence. */
export type ReadBars = (from: number, to: number) => AsyncIterable<StoredBar>;

/** Candles that are looked up beyond those asked for before a hole is believed: a late one may be stored a little earlier. */
const margin = 16;

/** Which candles are meant: the newest `count` not after `openTime`, among those stored up to `sequence`. */
export interface Span {
  readonly openTime: number;
  readonly sequence: number;
  readonly count: number;
}

export interface Found {
  /** `gap`: the bars do not follow each other without a hole. `too-few`: they do, but no more are stored. */
  readonly kind: 'complete' | 'gap' | 'too-few';
  /** Oldest first; exactly as many as were asked for when `complete`. */
  readonly bars: readonly Bar[];
}

/**
 * The candles of one symbol and interval, as far as they are known here. A cache of the stream: what it answers depends
 * on the stream alone, never on what this replica happened to be handed. It takes candles in any order, any number of times.
 */
export class Series {
  readonly #read: ReadBars;
  readonly #intervalMs: number;
  readonly #keep: number;
  /** By openTime, oldest first. */
  #stored: StoredBar[] = [];
  /** Everything stored from here to `#knownTo` is in `#stored`; 0 while nothing was looked up. */
  #knownFrom = 0;
  #knownTo = 0;

  /** @param keep how many candles are held, best twice what is asked for; older ones are read again when they are wanted */
  constructor(read: ReadBars, intervalMs: number, keep: number) {
    this.#read = read;
    this.#intervalMs = intervalMs;
    this.#keep = keep;
  }

  get size(): number {
    return this.#stored.length;
  }

  /** Remembers a candle that was handed over. */
  note(stored: StoredBar): void {
    this.#insert(stored);
    if (this.#knownTo > 0 && stored.sequence === this.#knownTo + 1) this.#knownTo = stored.sequence;
    this.#trim();
  }

  /** Looks into the stream only where what is known does not give `span` without a hole. */
  async find(span: Span): Promise<Found> {
    const found = this.#among(span, 0);
    const result = found.kind === 'complete' ? found : await this.#lookUp(span);
    this.#trim();
    return result;
  }

  async #lookUp(span: Span): Promise<Found> {
    const behind = span.sequence - this.#knownTo;
    if (this.#knownTo === 0 || behind > 4 * span.count) {
      this.#knownFrom = span.sequence + 1;
      this.#knownTo = span.sequence;
    } else if (behind > 0) {
      await this.#fill(this.#knownTo + 1, span.sequence);
      this.#knownTo = span.sequence;
    }
    for (let step = 2 * span.count; ; step *= 4) {
      const found = this.#among(span, 0);
      if (found.kind === 'complete') return found;
      // A hole counts only among candles that were looked up: what another replica was handed is not here.
      const wider = this.#among({ ...span, count: span.count + margin }, this.#knownFrom);
      if (wider.bars.length === span.count + margin || this.#knownFrom <= 1)
        return this.#among(span, this.#knownFrom <= 1 ? 0 : this.#knownFrom);
      const from = Math.max(1, this.#knownFrom - step);
      await this.#fill(from, this.#knownFrom - 1);
      this.#knownFrom = from;
    }
  }

  async #fill(from: number, to: number): Promise<void> {
    for await (const stored of this.#read(from, to)) this.#insert(stored);
  }

  #among({ openTime, sequence, count }: Span, from: number): Found {
    const bars: Bar[] = [];
    for (let index = this.#stored.length - 1; index >= 0 && bars.length < count; index -= 1) {
      const stored = this.#stored[index];
      if (stored && stored.bar.openTime <= openTime && stored.sequence <= sequence && stored.sequence >= from)
        bars.push(stored.bar);
    }
    bars.reverse();
    if (!isContiguous(bars, this.#intervalMs)) return { kind: 'gap', bars };
    return { kind: bars.length === count ? 'complete' : 'too-few', bars };
  }

  #insert(stored: StoredBar): void {
    const at = this.#stored.findLastIndex(({ bar }) => bar.openTime <= stored.bar.openTime);
    const same = this.#stored[at];
    if (same?.bar.openTime !== stored.bar.openTime) this.#stored.splice(at + 1, 0, stored);
    else if (stored.sequence < same.sequence) this.#stored[at] = { bar: same.bar, sequence: stored.sequence };
  }

  #trim(): void {
    const dropped = this.#stored.splice(0, Math.max(0, this.#stored.length - this.#keep));
    for (const { sequence } of dropped) this.#knownFrom = Math.max(this.#knownFrom, sequence + 1);
  }
}
