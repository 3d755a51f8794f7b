import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `400d`, `24h`, `30s` in the files; nanoseconds on the wire. */
const Duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, { error: 'expected a duration such as 30s, 24h or 400d' })
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof unitMs;
    return Number.parseInt(text, 10) * unitMs[unit] * 1_000_000;
  });

/** All that shapes a stream must be said, so that nothing is left to a server's defaults. */
export const StreamDeclaration = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]+$/),
  description: z.string(),
  subjects: z.array(z.string()).min(1),
  storage: z.enum(['file', 'memory']),
  retention: z.enum(['limits', 'interest', 'workqueue']),
  discard: z.enum(['old', 'new']),
  max_age: Duration,
  max_bytes: z.int(),
  max_msgs: z.int(),
  max_msgs_per_subject: z.int(),
  max_msg_size: z.int(),
  duplicate_window: Duration,
  num_replicas: z.int().positive(),
  allow_direct: z.boolean(),
});
export type StreamDeclaration = z.infer<typeof StreamDeclaration>;

export const ConsumerDeclaration = z.strictObject({
  stream: z.string(),
  durable_name: z.string().regex(/^[A-Za-z0-9_-]+$/),
  description: z.string(),
  filter_subjects: z.array(z.string()).min(1),
  deliver_policy: z.enum(['all', 'new', 'last', 'last_per_subject']),
  replay_policy: z.enum(['instant', 'original']),
  ack_policy: z.literal('explicit', { error: 'expected explicit: the strategy answers each message' }),
  ack_wait: Duration,
  max_deliver: z.literal(-1, {
    error: 'expected -1: the service counts attempts and dead-letters, the server would only drop',
  }),
  max_ack_pending: z.int().positive(),
  max_waiting: z.int().positive(),
  sample_freq: z.string().optional(),
});
export type ConsumerDeclaration = z.infer<typeof ConsumerDeclaration>;

/** What the bus must have. Durations are in nanoseconds. */
export interface Infrastructure {
  readonly streams: readonly StreamDeclaration[];
  readonly consumers: readonly ConsumerDeclaration[];
}

const projectFolder = () => fileURLToPath(new URL('../../../../infra/nats', import.meta.url));

/** Reads `streams.json` and `consumers.json`; the project's own where no folder is named. @throws {Error} naming each fault. */
export const readInfrastructure = async (folder = projectFolder()): Promise<Infrastructure> => {
  const { streams } = await readJson(
    join(folder, 'streams.json'),
    z.strictObject({ streams: z.array(StreamDeclaration) }),
  );
  const { consumers } = await readJson(
    join(folder, 'consumers.json'),
    z.strictObject({ consumers: z.array(ConsumerDeclaration) }),
  );
  return { streams, consumers };
};

const readJson = async <Result>(path: string, schema: z.ZodType<Result>): Promise<Result> => {
  const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success) throw new Error(`jetstream: ${path} is invalid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
