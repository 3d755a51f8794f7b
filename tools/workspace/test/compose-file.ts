import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { rootFolder } from '../src/index.ts';

/** The part of the Compose specification that this project uses, strictly: a misspelt key is a fault. */
const duration = z.string().regex(/^(\d+(us|ms|s|m|h))+$/);
const logging = z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) });
const healthcheck = z.strictObject({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: duration,
  timeout: duration,
  retries: z.int().positive(),
  start_period: duration.optional(),
});
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  init: z.boolean().optional(),
  stop_grace_period: duration.optional(),
  networks: z.array(z.string()),
  env_file: z.array(z.string()).optional(),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).optional(),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)).optional(),
  ulimits: z.strictObject({ nofile: z.int() }).optional(),
  healthcheck: healthcheck.optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) }),
    )
    .optional(),
  logging,
});
const file = z.strictObject({
  name: z.string(),
  services: z.record(z.string().regex(/^[a-z0-9-]+$/), service),
  networks: z.record(z.string(), z.strictObject({})),
  volumes: z.record(z.string(), z.strictObject({})),
});

export type ComposeService = z.infer<typeof service>;

export const composeText = readFileSync(join(rootFolder, 'docker-compose.yml'), 'utf8');

/** @throws {z.ZodError} when the file is not a valid one of this kind */
export const readComposeFile = () => {
  const document = parse(composeText, { merge: true }) as Record<string, unknown>;
  return file.parse(Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-'))));
};

/** The stages of a Dockerfile by name: the image or stage that each starts from, and its instructions. */
export const readStages = (path: string) => {
  const stages = new Map<string, { from: string; lines: string[] }>();
  let lines: string[] = [];
  for (const line of readFileSync(join(rootFolder, path), 'utf8').split('\n')) {
    const from = /^FROM (\S+) AS (\S+)$/.exec(line);
    if (from) stages.set(from[2]!, { from: from[1]!, lines: (lines = []) });
    else if (line !== '' && !line.startsWith('#')) lines.push(line);
  }
  return stages;
};
