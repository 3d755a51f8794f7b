/** The exchange port is an interface: Nest finds it by this token. */
export const EXCHANGE = Symbol('exchange');
