import { type ConsumerConfig, JetStreamApiCodes, JetStreamApiError, type StreamConfig } from '@nats-io/jetstream';
import type { Bus } from '../bus.ts';
import { compare, type Difference, undeclaredConsumerSettings, undeclaredStreamSettings } from './compare.ts';
import type { ConsumerDeclaration, Infrastructure, StreamDeclaration } from './declarations.ts';

/**
 * `created`: was missing. `unchanged`: is as declared. `drift`: exists and differs; left as it is. `overwritten`: differed
 * and was brought back on request. `ignored`: the server took the request and made something else of it (an older server).
 * `undeclared`: exists and is in no file; left as it is.
 */
export type FindingStatus = 'created' | 'unchanged' | 'drift' | 'overwritten' | 'ignored' | 'undeclared';

export interface Finding {
  readonly kind: 'stream' | 'consumer';
  /** A consumer as `<stream>/<durable>`. */
  readonly name: string;
  readonly status: FindingStatus;
  readonly differences: readonly Difference[];
}

export interface ApplyOptions {
  /** Called for each finding as soon as it is made. */
  readonly report?: (finding: Finding) => void;
  /** Bring what differs back to its declaration, where the server allows that. */
  readonly overwrite?: boolean;
}

/** Whether something is not as declared. */
export const hasDrift = (findings: readonly Finding[]): boolean =>
  findings.some(({ status }) => status === 'drift' || status === 'ignored');

/** Makes what is missing and reports what differs, comparing what the server returned with what was asked. Idempotent. */
export const applyInfrastructure = async (
  { jetStreamManager: manager }: Pick<Bus, 'jetStreamManager'>,
  { streams, consumers }: Infrastructure,
  { report = () => undefined, overwrite = false }: ApplyOptions = {},
): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  const found = (finding: Finding) => {
    findings.push(finding);
    report(finding);
  };
  for (const declared of streams) {
    const { name } = declared;
    const existing = await orUndefined(JetStreamApiCodes.StreamNotFound, manager.streams.info(name));
    const config = existing?.config ?? (await manager.streams.add(declared)).config;
    const differences = streamDifferences(declared, config);
    if (existing && overwrite && differences.length > 0) {
      const updated = await manager.streams.update(name, declared);
      found(brought('stream', name, differences, streamDifferences(declared, updated.config)));
    } else found({ kind: 'stream', name, status: statusOf(existing !== undefined, differences), differences });
  }
  for (const declared of consumers) {
    const { stream, ...wanted } = declared;
    const name = `${stream}/${wanted.durable_name}`;
    const existing = await orUndefined(
      JetStreamApiCodes.ConsumerNotFound,
      manager.consumers.info(stream, wanted.durable_name),
    );
    const config = existing?.config ?? (await manager.consumers.add(stream, wanted)).config;
    const differences = consumerDifferences(declared, config);
    if (existing && overwrite && differences.length > 0) {
      const updated = await manager.consumers.update(stream, wanted.durable_name, wanted);
      found(brought('consumer', name, differences, consumerDifferences(declared, updated.config)));
    } else found({ kind: 'consumer', name, status: statusOf(existing !== undefined, differences), differences });
  }
  const known = new Set([
    ...streams.map(({ name }) => name),
    ...consumers.map((one) => `${one.stream}/${one.durable_name}`),
  ]);
  for await (const { config } of manager.streams.list()) {
    if (!known.has(config.name)) found({ kind: 'stream', name: config.name, status: 'undeclared', differences: [] });
    for await (const { config: consumer } of manager.consumers.list(config.name)) {
      const name = `${config.name}/${consumer.durable_name}`;
      if (consumer.durable_name && !known.has(name))
        found({ kind: 'consumer', name, status: 'undeclared', differences: [] });
    }
  }
  return findings;
};

const statusOf = (existed: boolean, differences: readonly Difference[]): FindingStatus => {
  if (differences.length === 0) return existed ? 'unchanged' : 'created';
  return existed ? 'drift' : 'ignored';
};

const brought = (
  kind: Finding['kind'],
  name: string,
  before: readonly Difference[],
  left: readonly Difference[],
): Finding =>
  left.length === 0
    ? { kind, name, status: 'overwritten', differences: before }
    : { kind, name, status: 'ignored', differences: left };

const streamDifferences = (declared: StreamDeclaration, found: StreamConfig) =>
  compare(declared, found, undeclaredStreamSettings);

/** The server may return one filter as `filter_subject`. */
const consumerDifferences = ({ stream: _, ...declared }: ConsumerDeclaration, found: ConsumerConfig) => {
  const { filter_subject, filter_subjects = filter_subject ? [filter_subject] : [], ...rest } = found;
  return compare(declared, { ...rest, filter_subjects }, undeclaredConsumerSettings);
};

const orUndefined = async <Result>(code: number, asked: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === code) return undefined;
    throw error;
  }
};
