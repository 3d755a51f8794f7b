export type * from './port.ts';
export * from './errors.ts';
export { positionOf, parsePosition } from './position.ts';
export { connectEventStore } from './eventstoredb/adapter.ts';
export type { ConnectOptions } from './eventstoredb/options.ts';
export type { BackoffOptions } from './backoff.ts';
