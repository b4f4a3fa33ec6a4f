/**
 * @file The common body of `:predict`, lists of numbers and nothing else, straight into float32: no list, no number of
 * JavaScript is made. Whatever is unusual is left to the parser that knows every rule and every error's text.
 */

/** `{"signature_name"?: "…", "instances" | "inputs": nested lists of numbers}`. */
export interface DenseBody {
  readonly signatureName: string | undefined;
  readonly key: 'instances' | 'inputs';
  /** As the lists are nested: at least one dimension, none of them 0. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const MAX_RANK = 8;
/** Numbers that are read before their count is known; a body with more gets the other parser. */
const SCRATCH_NUMBERS = 1 << 20;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Each digit beyond the 15th adds two roundings of 2^-53 to a number that is made digit by digit; the power of ten adds one. */
const MOST_DIGITS = 24;
const MOST_ERROR = 2 ** -48;

/** The float32 next to a positive number that is known up to `MOST_ERROR` of itself; null where that does not decide. */
function sureFloat32(about: number): number | null {
  const value = Math.fround(about * (1 - MOST_ERROR));
  return value === Math.fround(about * (1 + MOST_ERROR)) ? value : null;
}

let scratch: Float32Array | null = null;

/** @returns null for every body that is not of this kind; it may be right all the same */
export function readDenseBody(bytes: Uint8Array): DenseBody | null {
  return new DenseReader(bytes).read();
}

class DenseReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): DenseBody | null {
    if (this.#next() !== OPEN_OBJECT) return null;
    let signatureName: string | undefined;
    let found: Pick<DenseBody, 'key' | 'shape' | 'data'> | null = null;
    for (;;) {
      const key = this.#string();
      if (this.#next() !== COLON) return null;
      if (key === 'signature_name' && signatureName === undefined) {
        const name = this.#string();
        if (name === null) return null;
        signatureName = name;
      } else if ((key === 'instances' || key === 'inputs') && found === null) {
        const lists = this.#lists();
        if (lists === null) return null;
        found = { key, ...lists };
      } else {
        return null;
      }
      const after = this.#next();
      if (after === CLOSE_OBJECT) return found && { signatureName, ...found };
      if (after !== COMMA) return null;
    }
  }

  /** The next byte that is no white space, which is passed; 0 at the end. */
  #next(): number {
    const bytes = this.#bytes;
    for (;;) {
      const byte = bytes[this.#at++];
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      return byte ?? 0;
    }
  }

  /** A text of plain ASCII; null for any other. */
  #string(): string | null {
    if (this.#next() !== QUOTE) return null;
    const start = this.#at;
    for (let at = start; ; at++) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return this.#text(start, at);
      }
      if (byte === undefined || byte === BACKSLASH || byte < 0x20 || byte > 0x7e || at - start > 200) return null;
    }
  }

  #text(start: number, end: number): string {
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
  }

  /** Lists in lists, all of a level equally long, with numbers at the lowest level alone. */
  #lists(): { readonly shape: readonly number[]; readonly data: Float32Array } | null {
    if (this.#next() !== OPEN_LIST) return null;
    scratch ??= new Float32Array(SCRATCH_NUMBERS);
    const numbers = scratch;
    // Of the open lists: how many values each has so far, and how many one of its level must have.
    const counts = new Int32Array(MAX_RANK);
    const sizes = new Int32Array(MAX_RANK);
    let open = 1;
    let rank = 0;
    let count = 0;
    for (;;) {
      let byte = this.#next();
      while (byte === OPEN_LIST) {
        if (open === MAX_RANK) return null;
        counts[open++] = 0;
        byte = this.#next();
      }
      rank ||= open;
      if (open !== rank || count === SCRATCH_NUMBERS) return null;
      const value = this.#number(byte);
      if (value === null) return null;
      numbers[count++] = value;
      counts[rank - 1]++;
      // Closes every list that ends here.
      for (byte = this.#next(); byte === CLOSE_LIST; byte = this.#next()) {
        const level = --open;
        sizes[level] ||= counts[level];
        if (sizes[level] !== counts[level]) return null;
        if (level === 0) return { shape: [...sizes.subarray(0, rank)], data: numbers.slice(0, count) };
        counts[level - 1]++;
      }
      if (byte !== COMMA) return null;
    }
  }

  /** A number with so few digits that it is exact before its power of ten; its first byte has been passed. */
  #number(first: number): number | null {
    const bytes = this.#bytes;
    const negative = first === MINUS;
    let at = negative ? this.#at : this.#at - 1;
    const start = at;
    let mantissa = 0;
    let digit = bytes[at] - ZERO;
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digit = bytes[++at] - ZERO;
    }
    let digits = at - start;
    // JSON has no number without a digit in front, and none with a 0 before others.
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) return null;
    let decimals = 0;
    if (bytes[at] === POINT) {
      const fraction = ++at;
      digit = bytes[at] - ZERO;
      while (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digit = bytes[++at] - ZERO;
      }
      decimals = at - fraction;
      if (decimals === 0) return null;
      digits += decimals;
    }
    const exponent = (bytes[at] | 0x20) === 0x65 ? this.#exponent(at + 1) : null;
    if (exponent === null) this.#at = at;
    else if (Number.isNaN(exponent)) return null;
    const scale = (exponent ?? 0) - decimals;
    let value = mantissa;
    if (mantissa > Number.MAX_SAFE_INTEGER) {
      // Too many digits to be exact on the way: Python prints some float64 numbers with 17.
      const sure =
        digits <= MOST_DIGITS && scale >= -22 && scale <= 0 ? sureFloat32(mantissa / POWERS_OF_TEN[-scale]) : null;
      value = sure ?? Number(this.#text(start, this.#at));
      if (!Number.isFinite(value)) return null;
    } else if (scale < 0) {
      if (scale < -22) return null;
      value = mantissa / POWERS_OF_TEN[-scale];
    } else if (scale > 0) {
      if (scale > 22) return null;
      value = mantissa * POWERS_OF_TEN[scale];
    }
    return negative ? -value : value;
  }

  /** Of `e-05`, behind the letter; not a number when it is none. */
  #exponent(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    const sign = bytes[at];
    if (sign === MINUS || sign === 0x2b) at++;
    const start = at;
    let value = 0;
    for (let digit = bytes[at] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at] - ZERO) {
      value = value * 10 + digit;
      if (at - start > 3) return Number.NaN;
    }
    if (at === start) return Number.NaN;
    this.#at = at;
    return sign === MINUS ? -value : value;
  }
}
