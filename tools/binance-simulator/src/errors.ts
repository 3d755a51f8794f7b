/** An error as Binance answers it: HTTP status, code and message are the exchange's own. */
export class BinanceError extends Error {
  readonly code: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: number, message: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'BinanceError';
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

const polling = 'Please use WebSocket Streams for live updates to avoid polling the API.';

/** Codes and texts from https://github.com/binance/binance-spot-api-docs/blob/master/errors.md */
export const errors = {
  unknown: () => new BinanceError(-1000, 'An unknown error occurred while processing the request.', 500),
  tooMuchWeight: (limit: number, retryAfterSeconds: number) =>
    new BinanceError(
      -1003,
      `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. ${polling}`,
      429,
      {
        'Retry-After': String(retryAfterSeconds),
      },
    ),
  banned: (untilMs: number, retryAfterSeconds: number) =>
    new BinanceError(
      -1003,
      `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`,
      418,
      { 'Retry-After': String(retryAfterSeconds) },
    ),
  timeout: () =>
    new BinanceError(
      -1007,
      'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
      504,
    ),
  filter: (name: string) => new BinanceError(-1013, `Filter failure: ${name}`),
  unsupportedCombination: () => new BinanceError(-1014, 'Unsupported order combination.'),
  tooManyOrders: (limit: number, interval: string, retryAfterSeconds: number) =>
    new BinanceError(-1015, `Too many new orders; current limit is ${limit} orders per ${interval}.`, 429, {
      'Retry-After': String(retryAfterSeconds),
    }),
  unsupported: () => new BinanceError(-1020, 'This operation is not supported.'),
  outsideRecvWindow: () => new BinanceError(-1021, 'Timestamp for this request is outside of the recvWindow.'),
  aheadOfServer: () => new BinanceError(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  badSignature: () => new BinanceError(-1022, 'Signature for this request is not valid.'),
  illegalChars: (name: string, range: string) =>
    new BinanceError(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`),
  missing: (name: string) =>
    new BinanceError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`),
  eitherMissing: (a: string, b: string) =>
    new BinanceError(-1102, `Param '${a}' or '${b}' must be sent, but both were empty/null!`),
  tooLarge: (name: string, limit: string) =>
    new BinanceError(-1102, `'${name}' contains unexpected value. Cannot be greater than '${limit}'.`),
  notRequired: (name: string) => new BinanceError(-1106, `Parameter '${name}' sent when not required.`),
  tooPrecise: (name: string) => new BinanceError(-1111, `Parameter '${name}' has too much precision.`),
  invalidTimeInForce: () => new BinanceError(-1115, 'Invalid timeInForce.'),
  invalidOrderType: () => new BinanceError(-1116, 'Invalid orderType.'),
  invalidSide: () => new BinanceError(-1117, 'Invalid side.'),
  invalidInterval: () => new BinanceError(-1120, 'Invalid interval.'),
  invalidSymbol: () => new BinanceError(-1121, 'Invalid symbol.'),
  invalidParameter: (name: string) => new BinanceError(-1130, `Data sent for parameter '${name}' is not valid.`),
  rejected: (message: string) => new BinanceError(-2010, message),
  insufficientBalance: () => new BinanceError(-2010, 'Account has insufficient balance for requested action.'),
  duplicateOrder: () => new BinanceError(-2010, 'Duplicate order sent.'),
  unknownOrder: () => new BinanceError(-2011, 'Unknown order sent.'),
  noSuchOrder: () => new BinanceError(-2013, 'Order does not exist.'),
  noSuchList: () => new BinanceError(-2013, 'Order list does not exist.'),
  badKeyFormat: () => new BinanceError(-2014, 'API-key format invalid.', 401),
  rejectedKey: () => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
} as const;
