export { natsServer, postgres } from './embedded.ts';
export { nodeService, type NodeService } from './node-service.ts';
export { freePort } from './ports.ts';
export type { Exit, Launched, LaunchContext, ReadyLine, ServiceSpec } from './spec.ts';
export type { Departure, ServiceState, ServiceStatus } from './supervisor.ts';
export { startSystem, type System, type SystemOptions } from './system.ts';
export { app, eventStore, simulator } from './services.ts';
