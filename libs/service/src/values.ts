import { z } from 'zod';

/** Schemas for the usual kinds of settings: text in, a typed value out. */

/** `true`/`1`/`yes`/`on` and their opposites. */
export const flag = (): z.ZodType<boolean> => z.stringbool({ error: 'expected true or false' });

/** A whole number in digits, between `min` (0 unless told) and `max`, both included. */
export const wholeNumber = (options: { min?: number; max?: number } = {}): z.ZodType<number> => {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const error = `expected a whole number from ${min} ${max === Number.MAX_SAFE_INTEGER ? 'up' : `to ${max}`}`;
  return z
    .string({ error })
    .regex(/^-?\d{1,16}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

/** A TCP port; 0 lets the system pick a free one. */
export const port = (): z.ZodType<number> => wholeNumber({ min: 0, max: 65_535 });

/** Items separated by commas, spaces around them ignored, empty ones dropped; at least one. */
export const list = <T>(item: z.ZodType<T>): z.ZodType<T[]> =>
  z
    .string({ error: 'expected a list, separated by commas' })
    .transform((text): unknown =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item).min(1, { error: 'expected at least one item' }));

/** A URL with one of the protocols, kept as text; several hosts, separated by commas, name a cluster. */
export const url = (...protocols: [string, ...string[]]): z.ZodType<string> => {
  const form = new RegExp(`^(?:${protocols.map((name) => name.replace('+', '\\+')).join('|')})://[^\\s/]\\S*$`);
  const error = `expected a URL such as ${protocols[0]}://127.0.0.1:1234`;
  return z.string({ error }).regex(form, { error });
};
