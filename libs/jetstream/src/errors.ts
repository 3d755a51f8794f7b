/** A handler throws it when no retry can help: the message is dead-lettered at once. */
export class Poison extends Error {
  readonly code = 'poison';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Poison';
  }
}

/** A handler throws it while something it needs is down: the message is tried again for as long as that takes, and never dead-lettered for it. */
export class Unavailable extends Error {
  readonly code = 'unavailable';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unavailable';
  }
}

/** The server did not confirm a message. It may still have stored it: publishing it again with its id is safe. */
export class PublishFailed extends Error {
  readonly code = 'publish-failed';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PublishFailed';
  }
}

/** A handler throws it to refuse a request with a code that the asker can act on. */
export class RpcRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'RpcRefusal';
    this.code = code;
  }
}

/**
 * What an asker gets instead of an answer. `invalid-request`, `internal`, `busy` and the refusal codes of the method come
 * from the other end; `no-responders`, `timeout`, `disconnected` and `invalid-response` are found out at this end.
 */
export class RpcFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RpcFailure';
    this.code = code;
  }
}

/** A strategy that must not start: every fault with what to do about it. */
export class StrategyRefused extends Error {
  readonly code = 'strategy-refused';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`jetstream: refused to start:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'StrategyRefused';
    this.faults = faults;
  }
}
