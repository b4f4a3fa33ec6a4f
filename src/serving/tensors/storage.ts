/** @file What every type of tensor is stored in, and how its numbers lie in bytes: little-endian, row by row. */
import {
  type DataType,
  NUMBER_STORAGE,
  type NumberType,
  type TensorStorage,
  type TensorValue,
} from '../../contracts/index.ts';

export type NumberStorage = TensorStorage[NumberType];

/** Zeros, or empty texts. */
export function newStorage<T extends DataType>(dtype: T, count: number): TensorStorage[T] {
  const data = dtype === 'DT_STRING' ? Array.from({ length: count }, () => new Uint8Array()) : newNumbers(dtype, count);
  return data as TensorStorage[T];
}

function newNumbers(dtype: NumberType, count: number): NumberStorage {
  return new NUMBER_STORAGE[dtype](count);
}

export function bytesPerElement(dtype: NumberType): number {
  return NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT;
}

/**
 * The numbers in these bytes, whose length is a multiple of the element's size. Copied: bytes of a message may start at any
 * place, share their memory with others, and a tensor's storage may be given away to another thread.
 */
export function storageOfBytes<T extends NumberType>(dtype: T, bytes: Uint8Array): TensorStorage[T] {
  const copy = Buffer.allocUnsafe(bytes.byteLength);
  copy.set(bytes);
  // Any byte but zero is true: what computes with it expects 0 and 1.
  if (dtype === 'DT_BOOL') for (let i = 0; i < copy.length; i++) copy[i] = copy[i] === 0 ? 0 : 1;
  return new NUMBER_STORAGE[dtype](copy.buffer, copy.byteOffset, copy.byteLength / bytesPerElement(dtype));
}

/** Not copied. */
export function bytesOfStorage(storage: NumberStorage): Uint8Array {
  return new Uint8Array(storage.buffer, storage.byteOffset, storage.byteLength);
}

/** Joins a type with what is stored in it. The compiler cannot see that they belong together once the type is a variable. */
export function tensorValue<T extends DataType>(
  dtype: T,
  shape: readonly number[],
  data: TensorStorage[T],
): TensorValue & { readonly dtype: T } {
  return { dtype, shape, data } as unknown as TensorValue & { readonly dtype: T };
}
