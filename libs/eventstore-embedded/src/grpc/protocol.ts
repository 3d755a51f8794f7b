/**
 * The protocol's messages and services, as the client package generates them. They are CommonJS made by `protoc`, whose
 * names Node can't see as named exports: hence the default imports.
 */
import { createRequire } from 'node:module';
import type { Any } from 'google-protobuf/google/protobuf/any_pb.js';
import type { Empty as GoogleEmpty } from 'google-protobuf/google/protobuf/empty_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import persistentGrpc from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import projectionsGrpc from '@eventstore/db-client/generated/projections_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';

export { features, gossip, shared, status, streams };

export const { StreamsService } = streamsGrpc;
export const { ServerFeaturesService } = featuresGrpc;
export const { GossipService } = gossipGrpc;
export const { PersistentSubscriptionsService } = persistentGrpc;
export const { ProjectionsService } = projectionsGrpc;

/** The client carries its own google-protobuf; messages of another copy would not serialise inside its messages. */
const requireFromClient = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
const anyModule: { Any: typeof Any } = requireFromClient('google-protobuf/google/protobuf/any_pb.js');
const emptyModule: { Empty: typeof GoogleEmpty } = requireFromClient('google-protobuf/google/protobuf/empty_pb.js');

/** Packs a message as `google.protobuf.Any`. `type` is its full name, like `event_store.client.Timeout`. */
export function packAny(message: { serializeBinary(): Uint8Array }, type: string): Any {
  const any = new anyModule.Any();
  any.pack(message.serializeBinary(), type);
  return any;
}

export const googleEmpty = (): GoogleEmpty => new emptyModule.Empty();
export const empty = (): InstanceType<typeof shared.Empty> => new shared.Empty();
