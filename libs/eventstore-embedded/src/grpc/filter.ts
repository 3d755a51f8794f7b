import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';

/** Which events of `$all` a reader wants. */
export interface Filter {
  matches(event: { stream: string; type: string }): boolean;
  /** A subscriber hears of its position each time this many events have been looked at. */
  checkpointEvery: number;
}

const DEFAULT_WINDOW = 32;

/**
 * The filter in a request; undefined when all events are wanted.
 * @throws {SyntaxError} when its regular expression is none.
 */
export function filterOf(options: ReadReq.Options): Filter | undefined {
  const filter = options.getFilter();
  if (!filter) return undefined;
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW;
  const checkpointEvery = Math.max(1, window * Math.max(1, filter.getCheckpointintervalmultiplier()));
  const byType = filter.getEventType();
  const expression = byType ?? filter.getStreamIdentifier();
  const wants = expression ? textFilter(expression) : () => true;
  return { checkpointEvery, matches: ({ stream, type }) => wants(byType ? type : stream) };
}

function textFilter(expression: ReadReq.Options.FilterOptions.Expression): (text: string) => boolean {
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (text) => prefixes.some((prefix) => text.startsWith(prefix));
  const pattern = new RegExp(expression.getRegex());
  return (text) => pattern.test(text);
}
