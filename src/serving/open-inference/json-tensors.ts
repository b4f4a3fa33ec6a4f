/** @file Tensors as JSON: lists of numbers, nested or flat, row by row. Strict: no NaN, no infinity, no number out of range. */
import type { DataType, NumberType, TensorStorage, TensorValue } from '../../contracts/index.ts';
import { newStorage, tensorValue } from '../tensors/storage.ts';
import { checkWrittenSize } from '../tensors/written-size.ts';
import { DATATYPES } from './datatypes.ts';
import { invalid } from './status.ts';
import type { Declared } from './tensors.ts';

/** What JSON can hold of a type. */
type Kind =
  | { readonly kind: 'float' }
  | { readonly kind: 'integer'; readonly from: number; readonly to: number }
  | { readonly kind: 'wide'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'bool' }
  | { readonly kind: 'text' }
  /** Only raw bytes. */
  | { readonly kind: 'none' };

const KINDS: { readonly [T in DataType]: Kind } = {
  DT_FLOAT: { kind: 'float' },
  DT_DOUBLE: { kind: 'float' },
  DT_HALF: { kind: 'none' },
  DT_BFLOAT16: { kind: 'none' },
  DT_INT8: { kind: 'integer', from: -128, to: 127 },
  DT_UINT8: { kind: 'integer', from: 0, to: 255 },
  DT_INT16: { kind: 'integer', from: -32_768, to: 32_767 },
  DT_UINT16: { kind: 'integer', from: 0, to: 65_535 },
  DT_INT32: { kind: 'integer', from: -(2 ** 31), to: 2 ** 31 - 1 },
  DT_UINT32: { kind: 'integer', from: 0, to: 2 ** 32 - 1 },
  DT_INT64: { kind: 'wide', from: -(2n ** 63n), to: 2n ** 63n - 1n },
  DT_UINT64: { kind: 'wide', from: 0n, to: 2n ** 64n - 1n },
  DT_BOOL: { kind: 'bool' },
  DT_STRING: { kind: 'text' },
};

/** Integers that `JSON.parse` cannot hold. */
export function isWide(dtype: DataType): boolean {
  return KINDS[dtype].kind === 'wide';
}

/** Lists in lists: as deep as a tensor may be. */
const MAX_DEPTH = 254;

/** @throws OpenInferenceError when an element is of another type, or there are more or fewer than the shape has */
export function tensorOfJson({ name, dtype, shape, count }: Declared, data: unknown): TensorValue {
  if (!Array.isArray(data)) throw invalid(`input '${name}': 'data' must be a list`);
  const kind = KINDS[dtype];
  if (kind.kind === 'none') {
    throw invalid(`input '${name}' has the datatype ${DATATYPES[dtype]}, which only binary data can hold`);
  }
  // The shape only promises elements: a list must be as long before room is made for it.
  const total = elementsOf(data, 0, count, name);
  if (total !== count) {
    throw invalid(
      `input '${name}' has ${total > count ? `more than ${count}` : total} elements, but its shape makes ${count}`,
    );
  }
  const target: unknown[] | TensorStorage[NumberType] =
    dtype === 'DT_STRING' ? new Array<Uint8Array>(count) : newStorage(dtype, count);
  let at = 0;
  const fill = (list: readonly unknown[]): void => {
    for (const item of list) {
      if (Array.isArray(item)) fill(item);
      else (target as unknown[])[at++] = element(name, dtype, kind, item);
    }
  };
  fill(data);
  return tensorValue(dtype, shape, target as TensorStorage[typeof dtype]);
}

/** @throws OpenInferenceError for what JSON cannot hold, `request_too_large` */
export function jsonOfTensor(name: string, value: TensorValue): string {
  checkWrittenSize(value, 'JSON');
  switch (value.dtype) {
    case 'DT_HALF':
    case 'DT_BFLOAT16':
      throw invalid(`output '${name}' has the datatype ${DATATYPES[value.dtype]}: ask for it with "binary_data": true`);
    case 'DT_FLOAT':
    case 'DT_DOUBLE':
      for (const number of value.data) {
        if (Number.isFinite(number)) continue;
        throw invalid(`output '${name}' holds ${number}, which JSON cannot: ask for it with "binary_data": true`);
      }
      return `[${value.dtype === 'DT_FLOAT' ? Array.from(value.data, shortFloat).join(',') : value.data.join(',')}]`;
    case 'DT_BOOL':
      return `[${Array.from(value.data, (bit) => bit !== 0).join(',')}]`;
    case 'DT_STRING':
      return JSON.stringify(value.data.map((text) => textOf(name, text)));
    default:
      return `[${value.data.join(',')}]`;
  }
}

/** Nine digits tell every float32; fewer where they do, too. */
function shortFloat(number: number): string {
  const short = Number(number.toPrecision(7));
  return String(Math.fround(short) === number ? short : Number(number.toPrecision(9)));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid(`output '${name}' holds bytes that are no text: ask for it with "binary_data": true`);
  }
}

/** Counts no further than one more than expected. */
function elementsOf(list: readonly unknown[], depth: number, expected: number, name: string): number {
  if (depth >= MAX_DEPTH) throw invalid(`input '${name}' has more than ${MAX_DEPTH} lists in each other`);
  let total = 0;
  for (const item of list) {
    total += Array.isArray(item) ? elementsOf(item, depth + 1, expected, name) : 1;
    if (total > expected) break;
  }
  return total;
}

function element(name: string, dtype: DataType, kind: Kind, item: unknown): number | bigint | Uint8Array {
  const wrong = () =>
    invalid(`input '${name}': ${shown(item)} is no ${DATATYPES[dtype]}${dtype === 'DT_STRING' ? ' (a text)' : ''}`);
  switch (kind.kind) {
    case 'float':
      if (typeof item === 'number') return item;
      break;
    case 'integer':
      if (Number.isInteger(item) && (item as number) >= kind.from && (item as number) <= kind.to) return item as number;
      break;
    case 'wide': {
      const wide = typeof item === 'bigint' ? item : Number.isSafeInteger(item) ? BigInt(item as number) : null;
      if (wide !== null && wide >= kind.from && wide <= kind.to) return wide;
      break;
    }
    case 'bool':
      // Some clients send 0 and 1.
      if (item === true || item === 1) return 1;
      if (item === false || item === 0) return 0;
      break;
    case 'text':
      if (typeof item === 'string') return Buffer.from(item, 'utf8');
      break;
  }
  throw wrong();
}

/** Not all of it: it is the client's, and may be large or deep. */
function shown(item: unknown): string {
  if (item === null) return 'null';
  return typeof item === 'object'
    ? 'an object'
    : (typeof item === 'string' ? JSON.stringify(item) : String(item)).slice(0, 60);
}
