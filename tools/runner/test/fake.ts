import { fileURLToPath } from 'node:url';
import { nodeService, type ServiceSpec } from '../src/index.ts';

interface Fake {
  readonly journal?: string;
  readonly fault?: 'exit' | 'silent' | 'deaf';
  readonly after?: string[];
  readonly readyTimeoutMs?: number;
  readonly port?: number;
  readonly watchesStdin?: boolean;
}

/** A tiny service as its own process. */
export const fake = (name: string, options: Fake = {}): ServiceSpec => {
  const { journal = '', fault = '', watchesStdin = false, ...rest } = options;
  return nodeService({
    name,
    ...rest,
    script: fileURLToPath(new URL('./fixtures/service.ts', import.meta.url)),
    exitsWithParent: watchesStdin,
    env: ({ port }) => ({
      NAME: name,
      PORT: String(port),
      JOURNAL: journal,
      FAULT: fault,
      WATCH_STDIN: watchesStdin ? '1' : '',
    }),
    provides: (line) => ({ UPSTREAM_URL: String(line.url) }),
  });
};
