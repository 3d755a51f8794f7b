import { status, type sendUnaryData, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { randomUUID } from 'node:crypto';
import { features, gossip, PersistentSubscriptionsService, shared, StreamsService } from './protocol.ts';
import { grpcError } from './errors.ts';

/** The version of the server whose behaviour this one keeps to. */
export const SERVER_VERSION = '24.10.0';

/** What a client asks first: which methods there are. Names are lower case. */
export const getSupportedMethods = (_call: unknown, reply: sendUnaryData<SupportedMethods>): void => {
  const methods = [
    ...methodsOf('event_store.client.streams.streams', StreamsService, {
      read: ['position', 'events'],
      batchappend: ['deadline_duration'],
    }),
    ...methodsOf(
      'event_store.client.persistent_subscriptions.persistentsubscriptions',
      PersistentSubscriptionsService,
      {
        create: ['stream', 'all'],
        update: ['stream', 'all'],
        delete: ['stream', 'all'],
        read: ['stream', 'all'],
        getinfo: ['stream', 'all'],
        replayparked: ['stream', 'all'],
        list: ['stream', 'all'],
      },
    ),
    ...methodsOf('event_store.client.gossip.gossip', { read: {} }, {}),
    ...methodsOf('event_store.client.server_features.serverfeatures', { getSupportedMethods: {} }, {}),
  ];
  reply(null, new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION).setMethodsList(methods));
};

function methodsOf(
  service: string,
  methods: object,
  featuresOf: Record<string, string[]>,
): InstanceType<typeof features.SupportedMethod>[] {
  return Object.keys(methods).map((method) => {
    const name = method.toLowerCase();
    return new features.SupportedMethod()
      .setServiceName(service)
      .setMethodName(name)
      .setFeaturesList(featuresOf[name] ?? []);
  });
}

/** `Gossip.Read`: a cluster of this node alone, its leader. */
export function readGossip(address: string, port: () => number) {
  const instance = randomUUID();
  return (_call: unknown, reply: sendUnaryData<ClusterInfo>): void => {
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(instance))
      .setTimeStamp(String(BigInt(Date.now()) * 10_000n))
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(address).setPort(port()));
    reply(null, new gossip.ClusterInfo().setMembersList([member]));
  };
}

/** Answers every method of a service with UNIMPLEMENTED and a reason. */
export function unimplemented(service: ServiceDefinition, what: string): UntypedServiceImplementation {
  const refusal = grpcError(
    status.UNIMPLEMENTED,
    `The embedded event store does not serve ${what}. Use an EventStoreDB server for them.`,
  );
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(service)) {
    implementation[name] = method.responseStream
      ? (call: { emit(event: 'error', error: Error): void }) => call.emit('error', refusal)
      : (_call: unknown, reply: sendUnaryData<never>) => reply(refusal);
  }
  return implementation;
}
