/** @file Tokens of protobuf's text format: names, numbers, strings, signs, with the place where each begins. */

export interface Token {
  readonly kind: 'name' | 'integer' | 'float' | 'string' | 'sign' | 'end';
  /** As written; of a string with its quotes. */
  readonly text: string;
  /** From 0. */
  readonly line: number;
  /** From 0; a tab goes to the next multiple of eight. */
  readonly column: number;
}

/** What is wrong with a text, and where, from 1. */
export class TextFormatError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, at: { readonly line: number; readonly column: number }) {
    super(message);
    this.line = at.line + 1;
    this.column = at.column + 1;
  }
}

const TAB = 8;
const BLANK = /[ \t\r\n\v\f]/;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const FLOAT = /(?:\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)[fF]?|\d+[fF]/y;
const INTEGER = /0[xX][0-9a-fA-F]+|\d+/y;

/** Reads one token after the other; the last one is `end`, again and again. */
export class Tokens {
  readonly #text: string;
  #at = 0;
  #line = 0;
  #column = 0;
  #current: Token;

  /** @throws TextFormatError */
  constructor(text: string) {
    this.#text = text;
    this.#current = this.#read();
  }

  get current(): Token {
    return this.#current;
  }

  /** The current token; the one behind it becomes current. @throws TextFormatError */
  take(): Token {
    const token = this.#current;
    this.#current = this.#read();
    return token;
  }

  #read(): Token {
    this.#skip();
    const place = { line: this.#line, column: this.#column };
    const first = this.#text[this.#at];
    if (first === undefined) return { kind: 'end', text: '', ...place };
    if (first === '"' || first === "'") return { kind: 'string', text: this.#string(first, place), ...place };
    for (const [kind, pattern] of [
      ['name', NAME],
      ['float', FLOAT],
      ['integer', INTEGER],
    ] as const) {
      pattern.lastIndex = this.#at;
      const text = pattern.exec(this.#text)?.[0];
      if (text === undefined) continue;
      this.#advance(text.length);
      if (kind !== 'name') this.#refuseGluedName();
      return { kind, text, ...place };
    }
    if (first < ' ' || first > '~') throw new TextFormatError('Invalid control characters encountered in text.', place);
    this.#advance(1);
    return { kind: 'sign', text: first, ...place };
  }

  #refuseGluedName(): void {
    const next = this.#text[this.#at];
    if (next === undefined || !/[A-Za-z_0-9]/.test(next)) return;
    throw new TextFormatError('Need space between number and identifier.', { line: this.#line, column: this.#column });
  }

  #string(quote: string, place: { line: number; column: number }): string {
    const start = this.#at;
    this.#advance(1);
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) throw new TextFormatError('Unexpected end of string.', place);
      if (character === '\n') {
        throw new TextFormatError('String literals cannot cross line boundaries.', place);
      }
      this.#advance(character === '\\' && this.#text[this.#at + 1] !== '\n' ? 2 : 1);
      if (character === quote) return this.#text.slice(start, this.#at);
    }
  }

  #skip(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) return;
      if (character === '#') while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#advance(1);
      else if (BLANK.test(character)) this.#advance(1);
      else return;
    }
  }

  #advance(count: number): void {
    for (let i = 0; i < count; i++) {
      const character = this.#text[this.#at++];
      if (character === '\n') {
        this.#line++;
        this.#column = 0;
      } else this.#column += character === '\t' ? TAB - (this.#column % TAB) : 1;
    }
  }
}

const PLAIN: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};
const ESCAPE = /\\(?:([ntrabfv\\'"?])|([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/** The bytes of a string token. @throws TextFormatError for escapes that there are not */
export function stringBytes(token: Token): Buffer {
  const inner = token.text.slice(1, -1);
  const parts: Buffer[] = [];
  let at = 0;
  while (at < inner.length) {
    const slash = inner.indexOf('\\', at);
    const end = slash === -1 ? inner.length : slash;
    if (end > at) parts.push(Buffer.from(inner.slice(at, end)));
    if (slash === -1) break;
    ESCAPE.lastIndex = slash;
    const match = ESCAPE.exec(inner);
    if (!match) throw new TextFormatError('Invalid escape sequence in string literal.', token);
    parts.push(escaped(match, token));
    at = slash + match[0].length;
  }
  return Buffer.concat(parts);
}

function escaped([, plain, octal, hex, four, eight]: RegExpExecArray, token: Token): Buffer {
  if (plain !== undefined) return Buffer.of(PLAIN[plain]);
  if (octal !== undefined) return Buffer.of(Number.parseInt(octal, 8) & 255);
  if (hex !== undefined) return Buffer.of(Number.parseInt(hex, 16));
  const code = Number.parseInt(four ?? eight, 16);
  if (code > 0x10ffff) throw new TextFormatError('Invalid escape sequence in string literal.', token);
  return Buffer.from(String.fromCodePoint(code));
}
