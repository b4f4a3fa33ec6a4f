/** @file Tensors as protocols and graphs hand them over: named, typed, with TensorFlow's names of the types. */

export const DATA_TYPES = [
  'DT_FLOAT',
  'DT_DOUBLE',
  'DT_HALF',
  'DT_BFLOAT16',
  'DT_INT8',
  'DT_UINT8',
  'DT_INT16',
  'DT_UINT16',
  'DT_INT32',
  'DT_UINT32',
  'DT_INT64',
  'DT_UINT64',
  'DT_BOOL',
  'DT_STRING',
] as const;
export type DataType = (typeof DATA_TYPES)[number];

/** What holds the numbers of a type, row by row. Half and bfloat16 are their 16 bits; booleans are 0 and 1; texts are bytes. */
export interface TensorStorage {
  readonly DT_FLOAT: Float32Array;
  readonly DT_DOUBLE: Float64Array;
  readonly DT_HALF: Uint16Array;
  readonly DT_BFLOAT16: Uint16Array;
  readonly DT_INT8: Int8Array;
  readonly DT_UINT8: Uint8Array;
  readonly DT_INT16: Int16Array;
  readonly DT_UINT16: Uint16Array;
  readonly DT_INT32: Int32Array;
  readonly DT_UINT32: Uint32Array;
  readonly DT_INT64: BigInt64Array;
  readonly DT_UINT64: BigUint64Array;
  readonly DT_BOOL: Uint8Array;
  readonly DT_STRING: readonly Uint8Array[];
}

/** Types of a fixed size: all but texts. */
export type NumberType = Exclude<DataType, 'DT_STRING'>;

interface StorageClass<T extends NumberType> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): TensorStorage[T];
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): TensorStorage[T];
}

/** The array of each type, and how many bytes an element takes. */
export const NUMBER_STORAGE: { readonly [T in NumberType]: StorageClass<T> } = {
  DT_FLOAT: Float32Array,
  DT_DOUBLE: Float64Array,
  DT_HALF: Uint16Array,
  DT_BFLOAT16: Uint16Array,
  DT_INT8: Int8Array,
  DT_UINT8: Uint8Array,
  DT_INT16: Int16Array,
  DT_UINT16: Uint16Array,
  DT_INT32: Int32Array,
  DT_UINT32: Uint32Array,
  DT_INT64: BigInt64Array,
  DT_UINT64: BigUint64Array,
  DT_BOOL: Uint8Array,
};

/** A tensor with its numbers; `dtype` tells which array `data` is. */
export type TensorValue = {
  readonly [T in DataType]: { readonly dtype: T; readonly shape: readonly number[]; readonly data: TensorStorage[T] };
}[DataType];

/** Type and shape of a tensor that is to come. -1 is any size; null any number of dimensions. */
export interface TensorInfo {
  readonly dtype: DataType;
  readonly shape: readonly number[] | null;
}
