/** @file JSON values into tensors of every type, with the reference's rules and texts (`json_tensor.cc`). */
import type { DataType, TensorStorage, TensorValue } from '../../contracts/index.ts';
import { dumpJson } from '../json/dump.ts';
import { JsonDecimal, type JsonObject, type JsonValue } from '../json/values.ts';
import { decodeBase64 } from './base64.ts';
import { invalidArgument, TfServingError } from './status.ts';

/** The numbers of a type, and where they are kept. */
interface NumberRule<T extends DataType> {
  readonly storage: new (length: number) => TensorStorage[T] & ArrayLike<number | bigint>;
  /** Undefined when the value is not of the type. */
  readonly read: (value: JsonValue) => number | bigint | undefined;
}

type NumberType = Exclude<DataType, 'DT_STRING' | 'DT_HALF' | 'DT_BFLOAT16' | 'DT_UINT16'>;

const decimal = (value: JsonValue): number | undefined => {
  if (typeof value === 'number') return value;
  if (value instanceof JsonDecimal) return value.value;
  return typeof value === 'bigint' ? Number(value) : undefined;
};

const integer =
  (min: bigint, max: bigint) =>
  (value: JsonValue): number | undefined =>
    isInteger(value) && value >= min && value <= max ? Number(value) : undefined;

const wideInteger =
  (min: bigint, max: bigint) =>
  (value: JsonValue): bigint | undefined =>
    isInteger(value) && value >= min && value <= max ? BigInt(value) : undefined;

function isInteger(value: JsonValue): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

const int32 = integer(-(2n ** 31n), 2n ** 31n - 1n);

/** Integers shorter than 32 bits are read as such ones and cut, as the reference does. */
const NUMBERS: { readonly [T in NumberType]: NumberRule<T> } = {
  DT_FLOAT: { storage: Float32Array, read: decimal },
  DT_DOUBLE: { storage: Float64Array, read: decimal },
  DT_INT8: { storage: Int8Array, read: int32 },
  DT_UINT8: { storage: Uint8Array, read: int32 },
  DT_INT16: { storage: Int16Array, read: int32 },
  DT_INT32: { storage: Int32Array, read: int32 },
  DT_UINT32: { storage: Uint32Array, read: integer(0n, 2n ** 32n - 1n) },
  DT_INT64: { storage: BigInt64Array, read: wideInteger(-(2n ** 63n), 2n ** 63n - 1n) },
  DT_UINT64: { storage: BigUint64Array, read: wideInteger(0n, 2n ** 64n - 1n) },
  DT_BOOL: {
    storage: Uint8Array,
    read: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  },
};

/** As `DT_INT32` is called in texts: `int32`. */
export function typeText(dtype: DataType): string {
  return dtype.slice('DT_'.length).toLowerCase();
}

/** Whether `1.0` is refused where `1` is taken. */
export function takesIntegers(dtype: DataType): boolean {
  return dtype.includes('INT');
}

/** Takes one value after the other, all of one type. */
export interface TensorFiller {
  /**
   * Appends the value's elements in row-major order.
   * @param shape sizes that every level of lists must have
   * @throws TfServingError
   */
  fill(value: JsonValue, shape: readonly number[]): void;
  tensor(shape: readonly number[]): TensorValue;
}

/** @param expected elements that will come, as far as the first of them tells */
export function newFiller(dtype: DataType, expected: number): TensorFiller {
  if (dtype === 'DT_STRING') return new BytesFiller();
  if (isNumberType(dtype)) return new NumberFiller(dtype, expected);
  return {
    fill: (value, shape) =>
      walk(value, shape, 0, (element) => {
        throw new TfServingError(
          'UNIMPLEMENTED',
          `Conversion of JSON Value: ${dumpJson(element)} to type: ${typeText(dtype)}`,
        );
      }),
    // Of no elements at all.
    tensor: (shape) => ({ dtype, shape, data: new Uint16Array() }) as TensorValue,
  };
}

function isNumberType(dtype: DataType): dtype is NumberType {
  return Object.hasOwn(NUMBERS, dtype);
}

/** The first elements may promise more numbers than there are: this much is believed, then the array grows. */
const BELIEVED_NUMBERS = 1 << 20;

class NumberFiller implements TensorFiller {
  readonly #dtype: NumberType;
  readonly #rule: NumberRule<'DT_FLOAT'>;
  #data: Float32Array;
  #count = 0;

  constructor(dtype: NumberType, expected: number) {
    this.#dtype = dtype;
    // All kinds of arrays are filled alike; the rule gives the values that its array takes.
    this.#rule = NUMBERS[dtype] as unknown as NumberRule<'DT_FLOAT'>;
    this.#data = new this.#rule.storage(Math.min(expected, BELIEVED_NUMBERS));
  }

  fill(value: JsonValue, shape: readonly number[]): void {
    const { read } = this.#rule;
    walk(value, shape, 0, (element) => {
      const number = read(element);
      if (number === undefined) throw typeError(element, this.#dtype);
      if (this.#count === this.#data.length) this.#grow();
      this.#data[this.#count++] = number as number;
    });
  }

  tensor(shape: readonly number[]): TensorValue {
    const whole = this.#data.length === this.#count;
    const data = whole ? this.#data : this.#data.slice(0, this.#count);
    return { dtype: this.#dtype, shape, data } as TensorValue;
  }

  #grow(): void {
    const larger = new this.#rule.storage(Math.max(16, this.#data.length * 2));
    larger.set(this.#data);
    this.#data = larger;
  }
}

/** An empty text takes three bytes of a body and a hundred of memory. */
const MAX_STRINGS = 100_000;

class BytesFiller implements TensorFiller {
  readonly #data: Uint8Array[] = [];

  fill(value: JsonValue, shape: readonly number[]): void {
    walk(value, shape, 0, (element) => {
      if (this.#data.length === MAX_STRINGS) throw invalidArgument(`More than ${MAX_STRINGS} strings in one request`);
      this.#data.push(bytesOf(element));
    });
  }

  tensor(shape: readonly number[]): TensorValue {
    return { dtype: 'DT_STRING', shape, data: this.#data };
  }
}

function walk(value: JsonValue, shape: readonly number[], level: number, element: (value: JsonValue) => void): void {
  if (!Array.isArray(value)) {
    if (level === shape.length) {
      element(value);
      return;
    }
    throw invalidArgument(
      `JSON Value: ${dumpJson(value)} found at incorrect level: ${level + 1} in the JSON DOM. Expected at level: ${shape.length}`,
    );
  }
  if (level >= shape.length) {
    throw invalidArgument(`Encountered list at unexpected level: ${level} expected < ${shape.length}`);
  }
  if (value.length !== shape[level]) {
    throw invalidArgument(
      `Encountered list at unexpected size: ${value.length} at level: ${level} expected size: ${shape[level]}`,
    );
  }
  for (const item of value) walk(item, shape, level + 1, element);
}

/** Sizes of the first list at each level. */
export function shapeOf(value: JsonValue): number[] {
  const shape: number[] = [];
  let level: JsonValue | undefined = value;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

/** An object that is not one of `{"b64": "..."}`. */
export function isNamed(value: JsonValue): value is JsonObject {
  return value instanceof Map && !isBase64(value);
}

export function isBase64(value: JsonObject): boolean {
  return value.size === 1 && typeof value.get('b64') === 'string';
}

/** @param value `{"b64": "..."}` @throws TfServingError */
export function base64Bytes(value: JsonObject): Uint8Array {
  const bytes = decodeBase64(value.get('b64') as string);
  if (bytes) return bytes;
  throw invalidArgument('Unable to base64 decode');
}

function bytesOf(value: JsonValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (!(value instanceof Map)) throw typeError(value, 'DT_STRING');
  if (isBase64(value)) return base64Bytes(value);
  throw invalidArgument(`JSON Value: ${dumpJson(value)} not formatted correctly for base64 data`);
}

function typeError(value: JsonValue, dtype: DataType): TfServingError {
  return invalidArgument(
    `JSON Value: ${dumpJson(value)} Type: ${typeName(value)} is not of expected type: ${typeText(dtype)}`,
  );
}

/** RapidJSON's name for what a value is. */
export function typeName(value: JsonValue): string {
  if (value === null) return 'Null';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return 'String';
  if (value instanceof Map) return 'Object';
  return Array.isArray(value) ? 'Array' : 'Number';
}
