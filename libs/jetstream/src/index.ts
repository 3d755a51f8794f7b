export { type Bus, type BusOptions, connectBus } from './bus.ts';
export type { ConnectionState } from './connection.ts';
export type { MessageContext } from './context.ts';
export { deadLetterHeaders, type DeadLetterReason } from './dead-letter.ts';
export { Answers, type NoticeOptions, OnNotice, OnStored, type StoredOptions } from './decorators.ts';
export { Poison, PublishFailed, RpcFailure, RpcRefusal, StrategyRefused, Unavailable } from './errors.ts';
export type { HistoryOptions, StoredMessage } from './history.ts';
export type { BusLogger } from './logger.ts';
export type { Published } from './publish.ts';
export type { RequestOptions } from './request.ts';
export { JetStreamStrategy, type StrategyOptions } from './strategy.ts';
export {
  applyInfrastructure,
  type ApplyOptions,
  type Finding,
  type FindingStatus,
  hasDrift,
} from './infrastructure/apply.ts';
export type { Difference } from './infrastructure/compare.ts';
export {
  type ConsumerDeclaration,
  type Infrastructure,
  readInfrastructure,
  type StreamDeclaration,
} from './infrastructure/declarations.ts';
export { findingsTable } from './infrastructure/report.ts';
