export interface Difference {
  readonly setting: string;
  readonly declared: string;
  readonly found: string;
}

/** Settings that no declaration has: whatever value they have was set by somebody else. */
export const undeclaredStreamSettings = [
  'mirror',
  'sources',
  'republish',
  'subject_transform',
  'sealed',
  'no_ack',
  'first_seq',
  'discard_new_per_subject',
  'consumer_limits',
] as const;
export const undeclaredConsumerSettings = [
  'backoff',
  'headers_only',
  'deliver_subject',
  'deliver_group',
  'opt_start_seq',
  'opt_start_time',
  'pause_until',
  'rate_limit_bps',
  'max_batch',
  'max_expires',
  'max_bytes',
  'inactive_threshold',
  'priority_groups',
] as const;

/** Every declared setting beside what was found, and every other one that somebody has set. */
export const compare = (declared: object, found: object, undeclared: readonly string[]): Difference[] => {
  const settings = [...Object.keys(declared), ...undeclared];
  return settings.flatMap((setting) => {
    const [wanted, actual] = [valueOf(declared, setting), valueOf(found, setting)];
    if (wanted === undefined ? isUnset(actual) : canonical(wanted) === canonical(actual)) return [];
    return [{ setting, declared: shown(setting, wanted), found: shown(setting, actual) }];
  });
};

const isUnset = (value: unknown): boolean => !value || (typeof value === 'object' && Object.keys(value).length === 0);

const valueOf = (settings: object, name: string): unknown => (settings as Readonly<Record<string, unknown>>)[name];

const canonical = (value: unknown): string =>
  JSON.stringify(Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : value) ?? 'undefined';

const durations: readonly string[] = ['max_age', 'duplicate_window', 'ack_wait', 'inactive_threshold', 'max_expires'];

const shown = (setting: string, value: unknown): string => {
  if (value === undefined) return '(not set)';
  if (durations.includes(setting) && typeof value === 'number') return duration(value / 1_000_000);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const duration = (ms: number): string => {
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const)
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`;
  return `${ms}ms`;
};
