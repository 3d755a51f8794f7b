import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Where log lines go: one call, one line with its newline. */
export interface LogSink {
  write(line: string): void;
}

/**
 * A logger that writes JSON lines (or, with `pretty`, lines for people) to stderr.
 * @param options.secrets texts that are masked wherever they would appear in a line
 */
export const createLogger = (options: {
  name: string;
  level: string;
  pretty?: boolean;
  secrets?: readonly string[];
  sink?: LogSink;
}): Logger => {
  const { name, level, pretty = false, secrets = [], sink = process.stderr } = options;
  const masked = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return pino(
    { base: { service: name }, level, formatters: { level: (label) => ({ level: label }) } },
    {
      write: (line: string) => {
        const safe = masked.reduce((text, secret) => text.replaceAll(secret, '***'), line);
        sink.write(pretty ? prettyLine(safe) : safe);
      },
    },
  );
};

/** `12:34:56.789 warn  ingest: the socket is silent symbol=BTCUSDT`, a stack on the lines below. */
export const prettyLine = (line: string): string => {
  const { time, level, service, msg = '', err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${text(value)}`);
  const failure = err as { stack?: string; message?: string } | undefined;
  const stack = failure ? `\n${failure.stack ?? failure.message ?? text(failure)}` : '';
  return `${clock} ${String(level).padEnd(5)} ${String(service)}: ${String(msg)}${fields.join('')}${stack}\n`;
};

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
