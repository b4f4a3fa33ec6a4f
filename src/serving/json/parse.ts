/**
 * @file JSON as TensorFlow Serving reads it (RapidJSON: iterative, NaN and Infinity allowed, stops when the value is done).
 * `JSON.parse` differs: it refuses NaN and trailing bytes, and keeps the last of duplicate keys.
 */
import { JsonDecimal, type JsonObject, type JsonValue } from './values.ts';

export interface ParsedJson {
  readonly value: JsonValue;
  /** There were decimals that stand for whole numbers, read as plain numbers. */
  readonly isAmbiguous: boolean;
}

/** RapidJSON's text for what is wrong, and the byte where. */
export class JsonParseError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A tensor has at most 254 dimensions; a body that only nests would eat memory. */
const MAX_DEPTH = 1_000;
/** Lists and objects cost far more memory than the bytes that ask for them. */
const MAX_CONTAINERS = 4_000_000;

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const NOT_FINITE = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['Inf', Number.POSITIVE_INFINITY],
] as const;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Largest and smallest integers that RapidJSON keeps as such; beyond them a token is a decimal. */
const MAX_INTEGER = 2n ** 64n - 1n;
const MIN_INTEGER = -(2n ** 63n);

/**
 * Integers are numbers while these are exact for sure, then `bigint`.
 * @param decimals `plain` reads every decimal as a number, which is fast; `exact` tells `1.0` from `1` by a `JsonDecimal`
 * @throws JsonParseError
 */
export function parseJson(bytes: Uint8Array, decimals: 'plain' | 'exact' = 'plain'): ParsedJson {
  const parser = new Parser(bytes, decimals === 'exact');
  return { value: parser.parse(), isAmbiguous: parser.isAmbiguous };
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #isExact: boolean;
  #at = 0;
  #containers = 0;
  isAmbiguous = false;

  constructor(bytes: Uint8Array, isExact: boolean) {
    this.#bytes = bytes;
    this.#isExact = isExact;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3; // byte order mark
  }

  parse(): JsonValue {
    this.#skipSpace();
    if (this.#at >= this.#bytes.length) throw new JsonParseError('The document is empty.', this.#at);
    const stack: (JsonValue[] | JsonObject)[] = [];
    let key = '';
    const keys: string[] = [];
    for (;;) {
      let value = this.#begin();
      if (value instanceof Map || Array.isArray(value)) {
        const opened = this.#open(value, stack.length);
        if (opened !== null) {
          stack.push(value);
          keys.push(key);
          key = opened;
          continue;
        }
      }
      // The value is whole: put it into its parent, and close every parent that ends here.
      for (;;) {
        const parent = stack.at(-1);
        if (parent === undefined) return value;
        if (Array.isArray(parent)) parent.push(value);
        else if (!parent.has(key)) parent.set(key, value);
        const next = this.#next(parent);
        if (next !== null) {
          key = next;
          break;
        }
        value = parent;
        stack.pop();
        key = keys.pop() ?? '';
      }
    }
  }

  /** Reads a scalar, or the first byte of a container. */
  #begin(): JsonValue {
    const byte = this.#bytes[this.#at];
    switch (byte) {
      case 0x7b:
        this.#at++;
        return new Map();
      case 0x5b:
        this.#at++;
        return [];
      case QUOTE:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** After `[` or `{`: the first key (`''` in a list), or null when the container is empty. */
  #open(container: JsonValue[] | JsonObject, depth: number): string | null {
    if (depth >= MAX_DEPTH || ++this.#containers > MAX_CONTAINERS) {
      throw new JsonParseError('Terminate parsing due to Handler error.', this.#at);
    }
    this.#skipSpace();
    const isList = Array.isArray(container);
    if (this.#bytes[this.#at] === (isList ? 0x5d : 0x7d)) {
      this.#at++;
      return null;
    }
    return isList ? '' : this.#key();
  }

  /** After a value in a container: the next key (`''` in a list), or null at the container's end. */
  #next(container: JsonValue[] | JsonObject): string | null {
    this.#skipSpace();
    const isList = Array.isArray(container);
    const byte = this.#bytes[this.#at];
    if (byte === 0x2c) {
      this.#at++;
      this.#skipSpace();
      return isList ? '' : this.#key();
    }
    if (byte !== (isList ? 0x5d : 0x7d)) {
      const what = isList
        ? 'Missing a comma or ] after an array element.'
        : 'Missing a comma or } after an object member.';
      throw new JsonParseError(what, this.#at);
    }
    this.#at++;
    return null;
  }

  #key(): string {
    if (this.#bytes[this.#at] !== QUOTE) throw new JsonParseError('Missing a name for object member.', this.#at);
    const key = this.#string();
    this.#skipSpace();
    if (this.#bytes[this.#at] !== 0x3a) {
      throw new JsonParseError('Missing a colon after a name of object member.', this.#at);
    }
    this.#at++;
    this.#skipSpace();
    return key;
  }

  #word<T>(word: string, value: T): T {
    const start = this.#at;
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[start + i] !== word.charCodeAt(i)) throw new JsonParseError('Invalid value.', start + i);
    }
    this.#at += word.length;
    return value;
  }

  #string(): string {
    const start = this.#at + 1;
    let end = start;
    let plain = true;
    for (;;) {
      const byte = this.#bytes[end];
      if (byte === QUOTE) break;
      if (byte === undefined || byte === 0)
        throw new JsonParseError('Missing a closing quotation mark in string.', start - 1);
      if (byte < 0x20) throw new JsonParseError('Invalid encoding in string.', end);
      if (byte === BACKSLASH) {
        plain = false;
        end++;
      }
      end++;
    }
    this.#at = end + 1;
    return plain ? this.#buffer.toString('utf8', start, end) : this.#escaped(start, end);
  }

  #escaped(start: number, end: number): string {
    try {
      return JSON.parse(this.#buffer.toString('utf8', start - 1, end + 1));
    } catch {
      // Only an error needs to know where: find the escape that cannot be read.
      for (let i = start; i < end; i++) {
        if (this.#bytes[i] !== BACKSLASH) continue;
        const sequence = this.#buffer.toString('latin1', i + 1, Math.min(i + 6, end));
        if (sequence.startsWith('u')) {
          if (!/^u[0-9a-fA-F]{4}/.test(sequence)) {
            throw new JsonParseError('Incorrect hex digit after \\u escape in string.', i);
          }
        } else if (!/^["\\/bfnrt]/.test(sequence)) {
          throw new JsonParseError('Invalid escape character in string.', i);
        }
        i++;
      }
      throw new JsonParseError('Invalid encoding in string.', start);
    }
  }

  /** Integers and short decimals are read digit by digit; `Number` does the rest. */
  #number(): number | bigint | JsonDecimal {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    if (bytes[at] === 0x49 || bytes[at] === 0x4e) return this.#notFinite(at, negative);
    if (!isDigit(bytes[at])) throw new JsonParseError('Invalid value.', at);
    const digitsStart = at;
    let mantissa = 0;
    if (bytes[at] === 0x30) at++;
    else while (isDigit(bytes[at])) mantissa = mantissa * 10 + bytes[at++] - 0x30;
    let digits = at - digitsStart;
    let decimals = 0;
    if (bytes[at] === 0x2e) {
      const fraction = ++at;
      while (isDigit(bytes[at])) mantissa = mantissa * 10 + bytes[at++] - 0x30;
      decimals = at - fraction;
      if (decimals === 0) throw new JsonParseError('Miss fraction part in number.', at);
      digits += decimals;
    }
    const hasExponent = (bytes[at] | 0x20) === 0x65;
    const exact = !hasExponent && digits <= 15 && decimals <= 22;
    if (hasExponent) at = this.#exponentEnd(at);
    this.#at = at;
    if (exact) {
      // An integer has no minus zero.
      if (decimals === 0) return negative ? 0 - mantissa : mantissa;
      // Both numbers are exact, so the quotient is rounded once, as it must be.
      const value = mantissa / POWERS_OF_TEN[decimals];
      return this.#decimal(negative ? -value : value);
    }
    const text = this.#buffer.toString('latin1', start, at);
    if (decimals === 0 && !hasExponent && digits <= 20) {
      const integer = BigInt(text);
      if (integer >= MIN_INTEGER && integer <= MAX_INTEGER) return integer;
    }
    const value = Number(text);
    if (!Number.isFinite(value)) throw new JsonParseError('Number too big to be stored in double.', start);
    return this.#decimal(value);
  }

  #decimal(value: number): number | JsonDecimal {
    if (!Number.isInteger(value)) return value;
    this.isAmbiguous = true;
    return this.#isExact ? new JsonDecimal(value) : value;
  }

  #exponentEnd(start: number): number {
    let at = start + 1;
    if (this.#bytes[at] === 0x2b || this.#bytes[at] === 0x2d) at++;
    if (!isDigit(this.#bytes[at])) throw new JsonParseError('Miss exponent in number.', at);
    while (isDigit(this.#bytes[at])) at++;
    return at;
  }

  #notFinite(at: number, negative: boolean): number {
    for (const [word, value] of NOT_FINITE) {
      if (this.#buffer.toString('latin1', at, at + word.length) !== word) continue;
      this.#at = at + word.length;
      return negative ? -value : value;
    }
    throw new JsonParseError('Invalid value.', at);
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
