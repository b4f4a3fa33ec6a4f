/** @file JSON as TensorFlow Serving writes it: RapidJSON's layout, and its own way with decimals. */
import type { JsonValue } from './parse.ts';

const INDENT = '    ';
/** Digits that tell every float32 from its neighbours. */
const FLOAT_DIGITS = 9;

/**
 * A float32 as TensorFlow Serving prints it: six digits, or nine when six do not give the same number back;
 * `.0` behind a whole number; `NaN`, `Infinity` and `-Infinity` bare, although JSON has no such thing.
 */
export function formatFloat32(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  let text = general(value, 6);
  if (Math.fround(Number(text)) !== value) text = general(value, FLOAT_DIGITS);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** C's `%.{digits}g`. */
function general(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, exponentText] = value.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return withoutTrailingZeros(value.toFixed(digits - 1 - exponent));
  const sign = exponent < 0 ? '-' : '+';
  return `${withoutTrailingZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** A tensor, row-major. */
export interface OutputTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | readonly string[];
}

/** By name. */
export type OutputTensors = ReadonlyMap<string, OutputTensor>;

/** `{"predictions": [...]}`: one row a line break is not made for. Several outputs make an object of each row. */
export function writePredictions(tensors: OutputTensors): string {
  const columns = [...tensors].map(([name, tensor]) => ({
    name,
    rows: rowsOf(tensor, (text) => `[${text.join(', ')}]`),
  }));
  const [first] = columns;
  const rows = columns.length === 1 ? first.rows : first.rows.map((_, row) => rowObject(columns, row));
  return `{\n${INDENT}"predictions": [${rows.join(', ')}\n${INDENT}]\n}`;
}

function rowObject(
  columns: readonly { readonly name: string; readonly rows: readonly string[] }[],
  row: number,
): string {
  const fields = columns.map(({ name, rows }) => `${INDENT.repeat(3)}${quote(name)}: ${rows[row]}`);
  return `{\n${fields.join(',\n')}\n${INDENT.repeat(2)}}`;
}

/** `{"outputs": ...}`: every number on a line of its own. Several outputs make an object. */
export function writeOutputs(tensors: OutputTensors): string {
  if (tensors.size === 1) {
    const [tensor] = tensors.values();
    return `{\n${INDENT}"outputs": ${nested(tensor, 0, { next: 0 }, INDENT)}\n}`;
  }
  const inner = INDENT.repeat(2);
  const fields = [...tensors].map(
    ([name, tensor]) => `${inner}${quote(name)}: ${nested(tensor, 0, { next: 0 }, inner)}`,
  );
  return `{\n${INDENT}"outputs": {\n${fields.join(',\n')}\n${INDENT}}\n}`;
}

function element(value: number | string): string {
  return typeof value === 'string' ? quote(value) : formatFloat32(value);
}

/** Texts of the tensor's rows (first dimension), each list inside joined by `join`. */
function rowsOf({ shape, data }: OutputTensor, join: (text: string[]) => string): string[] {
  const [count, ...rest] = shape;
  let at = 0;
  const row = (dimension: number): string => {
    if (dimension === rest.length) return element(data[at++]);
    return join(Array.from({ length: rest[dimension] }, () => row(dimension + 1)));
  };
  return Array.from({ length: count }, () => row(0));
}

function nested(tensor: OutputTensor, dimension: number, cursor: { next: number }, indent: string): string {
  if (dimension === tensor.shape.length) return element(tensor.data[cursor.next++]);
  const inner = indent + INDENT;
  const size = tensor.shape[dimension];
  if (size === 0) return '[]';
  const items = Array.from({ length: size }, () => inner + nested(tensor, dimension + 1, cursor, inner));
  return `[\n${items.join(',\n')}\n${indent}]`;
}

/** `{"error": ...}` as every error of the protocol is sent. */
export function writeError(message: string): string {
  return `{\n${INDENT}"error": ${quote(message)}\n}`;
}

/** RapidJSON writes characters beyond ASCII as they are, and control characters as `\u00XX`. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u[0-9a-f]{4}/g, (sequence) =>
    sequence === '\\\\' ? sequence : `\\u${sequence.slice(2).toUpperCase()}`,
  );
}

const MAX_DUMP = 256;

/** A value inside an error text: pretty, and cut short. */
export function dumpJson(value: JsonValue): string {
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
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  return String(value);
}
