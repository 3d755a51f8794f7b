/** What the bus writes to; a pino logger fits. */
export interface BusLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export const silent: BusLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };
