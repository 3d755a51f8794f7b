import { rpc } from '@bot-core/events';
import { z } from 'zod';

export const echo = rpc(
  'tester',
  'echo',
  'Says it back',
  z.strictObject({ text: z.string().min(1), times: z.int().default(1) }),
  z.strictObject({ text: z.string(), by: z.string() }),
);
