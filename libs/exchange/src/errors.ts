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
