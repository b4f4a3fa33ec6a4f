/** @file Texts and values inside answers and error texts, as RapidJSON prints them. */
import { formatFloat32, formatFloat64 } from './decimals.ts';
import { JsonDecimal, type JsonValue } from './values.ts';

export const INDENT = '    ';
const MAX_DUMP = 256;
const MAX_FLOAT32 = 3.4028234e38;

/** RapidJSON writes characters beyond ASCII as they are, and control characters as `\u00XX`. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u[0-9a-f]{4}/g, (sequence) =>
    sequence === '\\\\' ? sequence : `\\u${sequence.slice(2).toUpperCase()}`,
  );
}

/** `{"error": ...}` as every error of the protocol is sent. */
export function writeError(message: string): string {
  return `{\n${INDENT}"error": ${quote(message)}\n}`;
}

/** A value inside an error text: pretty, and cut short. */
export function dumpJson(value: JsonValue): string {
  const decimal = value instanceof JsonDecimal ? value.value : value;
  if (typeof decimal === 'number' && !(typeof value === 'number' && Number.isInteger(value))) {
    // Alone, a decimal is printed as those of answers are.
    return Math.abs(decimal) <= MAX_FLOAT32 ? formatFloat32(Math.fround(decimal)) : formatFloat64(decimal);
  }
  const parts: string[] = [];
  let length = 0;
  const say = (text: string): boolean => {
    parts.push(text);
    length += text.length;
    return length <= MAX_DUMP;
  };
  dump(value, '', say);
  const text = parts.join('');
  return text.length > MAX_DUMP ? `${text.slice(0, MAX_DUMP)}...TRUNCATED` : text;
}

/** Returns false when enough was said: the value may be millions of numbers. */
function dump(value: JsonValue, indent: string, say: (text: string) => boolean): boolean {
  if (value instanceof JsonDecimal) return say(dumpNumber(value.value).replace(/^-?\d+$/, '$&.0'));
  if (typeof value === 'number') return say(dumpNumber(value));
  if (typeof value !== 'object' || value === null) return say(typeof value === 'string' ? quote(value) : String(value));
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const size = Array.isArray(value) ? value.length : value.size;
  if (size === 0) return say(open + close);
  const inner = indent + INDENT;
  let separator = `${open}\n${inner}`;
  const entries: Iterable<[string | null, JsonValue]> = Array.isArray(value) ? unnamed(value) : value;
  for (const [key, item] of entries) {
    if (!say(separator + (key === null ? '' : `${quote(key)}: `)) || !dump(item, inner, say)) return false;
    separator = `,\n${inner}`;
  }
  return say(`\n${indent}${close}`);
}

function* unnamed(values: readonly JsonValue[]): Generator<[null, JsonValue]> {
  for (const value of values) yield [null, value];
}

function dumpNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : formatFloat64(value);
}
