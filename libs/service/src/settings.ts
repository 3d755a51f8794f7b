import type { z } from 'zod';

/** One environment variable: how it is read, what it means, what it is when nobody sets it. */
export interface Setting<T = unknown> {
  /** The variable's name, for example `NATS_URL`. */
  readonly env: string;
  /** One sentence for the configuration table and for the fault when it is wrong. */
  readonly doc: string;
  /** Text in, the typed value out. An optional setting has a schema that accepts `undefined`. */
  readonly schema: z.ZodType<T>;
  /** As it would be written in the environment. Without one (and without an optional schema) the setting is required. */
  readonly default: string | undefined;
  /** A secret's value is never printed: not in a fault, not in the table, not in a log line. */
  readonly secret: boolean;
}

export type Settings = Readonly<Record<string, Setting>>;

/** What `loadSettings` gives for a record of settings. */
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

type Environment = Readonly<Record<string, string | undefined>>;

/** One thing wrong in the environment. */
export interface ConfigurationFault {
  readonly env: string;
  /** What is wrong and what would be right; never a secret's value. */
  readonly message: string;
}

/** The environment is wrong. Its message lists every fault, one per line. */
export class ConfigurationError extends Error {
  readonly code = 'configuration';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const count =
      faults.length === 1 ? 'one setting is wrong. Set it' : `${faults.length} settings are wrong. Set them`;
    const lines = faults.map((fault) => `  ${fault.env}: ${fault.message}`);
    super([`configuration: ${count} in the environment and start again.`, ...lines].join('\n'));
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}

/** Declares one setting. The generated configuration table and the faults at start come from this. */
export const setting = <T>(
  env: string,
  doc: string,
  schema: z.ZodType<T>,
  options: { default?: string; secret?: boolean } = {},
): Setting<T> => ({ env, doc, schema, default: options.default, secret: options.secret ?? false });

/**
 * Reads settings from an environment. An empty value counts as not set, so that `KEY=` in an env file means the default.
 * @throws {ConfigurationError} with every fault together, each with its variable and the fix.
 */
export const loadSettings = <S extends Settings>(settings: S, env: Environment = process.env): Config<S> => {
  const { config, faults } = readSettings(settings, env);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return config;
};

/** As `loadSettings`, with the faults beside what could be read, so that faults of several records can be joined. */
export const readSettings = <S extends Settings>(settings: S, env: Environment = process.env) => {
  const values: Record<string, unknown> = {};
  const faults: ConfigurationFault[] = [];
  for (const [name, declared] of Object.entries(settings)) {
    const given = env[declared.env] || undefined;
    const parsed = declared.schema.safeParse(given ?? declared.default);
    if (parsed.success) values[name] = parsed.data;
    else faults.push({ env: declared.env, message: describeFault(declared, given, parsed.error) });
  }
  // Each value came from the schema of its own key; complete when there are no faults.
  return { config: values as Config<S>, faults };
};

/** The texts that must never be printed: each secret that is set, and the password inside it when it is a URL. */
export const secretsOf = (settings: Settings, env: Environment = process.env): string[] =>
  Object.values(settings)
    .filter((declared) => declared.secret)
    .flatMap((declared) => withPassword(env[declared.env] ?? ''))
    .filter((text) => text.length > 3);

const withPassword = (text: string): string[] => {
  const password = URL.canParse(text) ? new URL(text).password : '';
  return [text, password, decodeURIComponent(password)];
};

const describeFault = (declared: Setting, given: string | undefined, error: z.ZodError): string => {
  const wanted = `It is: ${declared.doc}`;
  if (given === undefined && declared.default === undefined) return `not set, and it has no default. ${wanted}`;
  const reasons = error.issues.map((issue) => issue.message).join('; ');
  const value = given ?? declared.default ?? '';
  if (declared.secret)
    return `its value (not shown, it is a secret) is refused: ${reasons.replaceAll(value, '***')}. ${wanted}`;
  return `"${withoutPassword(value)}" is refused: ${reasons}. ${wanted}`;
};

const withoutPassword = (text: string) => text.replace(/\/\/[^/@]*@/, '//***@');
