export { startEventStore, ListenError, type EventStoreOptions, type RunningEventStore } from './server.ts';
export { DataFolderError } from './store/database.ts';
export type { Metrics } from './metrics.ts';
