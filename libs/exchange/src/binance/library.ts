import { createRequire } from 'node:module';

// The library is CommonJS with a `default` inside: `require` gives the same object in Node, in a bundle and in tests.
const library = createRequire(import.meta.url)('binance-api-node') as typeof import('binance-api-node');

export type Library = ReturnType<typeof library.default>;

export interface Endpoints {
  /** REST, such as `http://127.0.0.1:1234`; unset: Binance. */
  readonly httpBase?: string | undefined;
  /** Market streams up to `/ws`; unset: Binance. */
  readonly wsBase?: string | undefined;
  /** WebSocket API; unset: Binance. */
  readonly wsApi?: string | undefined;
}

let streamsAt: string | undefined;

/**
 * Makes a client of `binance-api-node`.
 * @throws {Error} when this process already follows market streams at another address: the library keeps one for all.
 */
export const makeLibrary = (
  options: Endpoints & { apiKey: string; apiSecret: string; getTime: () => number },
): Library => {
  const { httpBase, wsBase } = options;
  const wanted = wsBase ?? 'Binance';
  if (streamsAt !== undefined && streamsAt !== wanted)
    throw new Error(
      `exchange: this process already takes market streams from ${streamsAt}, so it cannot take them from ${wanted}: ` +
        'binance-api-node keeps one address for all its clients. Use a process for each exchange address.',
    );
  streamsAt = wanted;
  return library.default({
    apiKey: options.apiKey,
    apiSecret: options.apiSecret,
    getTime: options.getTime,
    ...(httpBase === undefined ? {} : { httpBase }),
    ...(wsBase === undefined ? {} : { wsBase }),
  });
};
