export { locateNatsServer, type LocatedNatsServer } from './nats/locate.ts';
export { minimumVersion } from './nats/version.ts';
export { startNatsServer, type NatsServerOptions, type RunningNatsServer } from './nats/server.ts';
