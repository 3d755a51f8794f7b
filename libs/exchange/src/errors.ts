/** The exchange may or may not have done it. Only asking by client order id tells. */
export class AmbiguousAnswer extends Error {
  readonly code = 'ambiguous-answer';
  constructor(what: string, cause: unknown) {
    super(`exchange: ${what}: no definitive answer (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
    this.name = 'AmbiguousAnswer';
  }
}

/** The exchange certainly did not do it; a later try may work. */
export class NotNow extends Error {
  readonly code = 'not-now';
  readonly retryAfterMs: number;
  constructor(what: string, retryAfterMs: number, cause: unknown) {
    super(
      `exchange: ${what}: not now, again in ${retryAfterMs} ms (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
    this.name = 'NotNow';
    this.retryAfterMs = retryAfterMs;
  }
}

/** The exchange understood and refused for good: asking the same again gets the same answer. */
export class Refused extends Error {
  readonly code = 'refused';
  /** The exchange's error code (negative), or the HTTP status where it gave none. */
  readonly exchangeCode: number;
  /** The exchange's own words. */
  readonly exchangeMessage: string;
  constructor(what: string, exchangeCode: number, exchangeMessage: string, cause: unknown) {
    super(`exchange: ${what}: refused: ${exchangeMessage} (${exchangeCode})`, { cause });
    this.name = 'Refused';
    this.exchangeCode = exchangeCode;
    this.exchangeMessage = exchangeMessage;
  }
}
