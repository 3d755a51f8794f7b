import { dec, type Dec } from '../decimal.ts';
import { type BinanceError, errors } from '../errors.ts';
import { checkPrecision } from '../filters/check.ts';

const decimalRange = '^([0-9]{1,20})(\\.[0-9]{1,20})?$';
const integerRange = '^[0-9]{1,20}$';
const clientIdRange = '^[a-zA-Z0-9-_]{1,36}$';

/** A request's parameters, read the way Binance reads them: each reader throws the exchange's own error. */
export class Params {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw errors.missing(name);
    return value;
  }

  int(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!new RegExp(integerRange).test(value)) throw errors.illegalChars(name, integerRange);
    return Number(value);
  }

  /** `limit` parameters: the default, and never more than `max`. */
  limit(fallback: number, max: number): number {
    const value = this.int('limit') ?? fallback;
    if (value < 1) throw errors.invalidParameter('limit');
    return Math.min(value, max);
  }

  decimal(name: string): Dec | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!new RegExp(decimalRange).test(value)) throw errors.illegalChars(name, decimalRange);
    const number = dec(value);
    checkPrecision(name, number);
    return number;
  }

  requiredDecimal(name: string): Dec {
    const value = this.decimal(name);
    if (value === undefined || value.isZero()) throw errors.missing(name);
    return value;
  }

  clientId(name: string): string | undefined {
    const value = this.text(name);
    if (value !== undefined && !new RegExp(clientIdRange).test(value)) throw errors.illegalChars(name, clientIdRange);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], wrong: () => BinanceError): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw wrong();
    return found;
  }

  requiredOneOf<T extends string>(name: string, allowed: readonly T[], wrong: () => BinanceError): T {
    const value = this.oneOf(name, allowed, wrong);
    if (value === undefined) throw errors.missing(name);
    return value;
  }

  /** `symbol`, or `symbols` as a JSON array; undefined when neither was sent. */
  symbols(): readonly string[] | undefined {
    const one = this.text('symbol');
    if (one !== undefined) return [one];
    const many = this.text('symbols');
    if (many === undefined) return undefined;
    try {
      const parsed: unknown = JSON.parse(many);
      if (Array.isArray(parsed)) return parsed.map(String);
    } catch {
      // Falls through to the exchange's own words.
    }
    throw errors.illegalChars('symbols', '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*\\]$');
  }
}
