/** What the adapter needs of a logger; pino has this shape. */
export interface ExchangeLogger {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export const silentLogger: ExchangeLogger = { warn: () => undefined, info: () => undefined };
