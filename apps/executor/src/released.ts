/**
 * Trading on Binance itself is not released yet: reconciliation of the account and the loss limits are missing. Until then an
 * executor starts only on an exchange that is named, such as the simulator.
 * @throws {Error} when no address is set, which would mean Binance.
 */
export const refuseRealExchange = ({
  httpBase,
  wsApi,
}: {
  readonly httpBase?: string | undefined;
  readonly wsApi?: string | undefined;
}): void => {
  const real = [httpBase, wsApi].some(
    (address) => !address || /(^|\.)binance\.(com|us)$/.test(new URL(address).hostname),
  );
  if (real)
    throw new Error(
      'executor: trading on Binance itself is not released yet. Set BINANCE_HTTP_URL and BINANCE_WS_API_URL to the simulator ' +
        '(`npm run simulator` prints both when it is ready).',
    );
};
