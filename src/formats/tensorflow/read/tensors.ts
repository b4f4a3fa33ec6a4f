/** @file Tensors as TensorFlow's files hold them, as numbers. Sizes are checked before they are believed. */
import { NUMBER_STORAGE, type NumberType, type TensorValue } from '../../../contracts/index.ts';
import { dataTypeOf, TENSOR_LISTS, type tf } from '../../../proto/index.ts';

/** A message may say "all of these 1e9 numbers are 0"; this many bytes are believed. */
const MAX_FILLED_BYTES = 1 << 28;

/** Product of sizes. @throws RangeError for sizes below 0 or a product that is no safe integer */
export function elementsOf(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0) || !Number.isSafeInteger(count)) {
    throw new RangeError(`the shape [${shape.join(', ')}] is none`);
  }
  return count;
}

/** Sizes; -1 where any is meant. Null for an unknown number of dimensions. */
export function shapeOf(shape: tf.TensorShapeProto | undefined): number[] | null {
  if (!shape || shape.unknownRank) return null;
  return shape.dim.map(({ size }) => Number(size));
}

/** Numbers from their bytes, little-endian. @throws RangeError when they are not as many as the shape says */
export function tensorFromBytes(dtype: NumberType, shape: readonly number[], bytes: Uint8Array): TensorValue {
  const expected = elementsOf(shape) * NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new RangeError(`${dtype} of shape [${shape.join(', ')}] needs ${expected} bytes, but has ${bytes.length}`);
  }
  // A copy: the bytes need not be aligned.
  const copy = new Uint8Array(bytes);
  return { dtype, shape, data: new NUMBER_STORAGE[dtype](copy.buffer) } as TensorValue;
}

/** @throws RangeError when the message contradicts itself, or holds a type that no tensor here has */
export function tensorFromProto(proto: tf.TensorProto): TensorValue {
  const dtype = dataTypeOf(proto.dtype);
  if (dtype === null) throw new RangeError(`its type ${proto.dtype} is not a type of numbers or texts`);
  const shape = shapeOf(proto.tensorShape) ?? [];
  const count = elementsOf(shape);
  if (dtype === 'DT_STRING') {
    return {
      dtype,
      shape,
      data: filled(proto.stringVal, count, new Uint8Array(0), new Array<Uint8Array>(checked(count, 8))),
    };
  }
  if (proto.tensorContent.length > 0) return tensorFromBytes(dtype, shape, proto.tensorContent);
  const storage = new NUMBER_STORAGE[dtype](checked(count, NUMBER_STORAGE[dtype].BYTES_PER_ELEMENT)) as Uint8Array;
  const values = proto[TENSOR_LISTS[dtype]];
  const zero =
    (storage as ArrayLike<unknown>) instanceof BigInt64Array ||
    (storage as ArrayLike<unknown>) instanceof BigUint64Array
      ? 0n
      : 0;
  return { dtype, shape, data: filled(values as number[], count, zero as number, storage) } as unknown as TensorValue;
}

/** The same where a graph goes on without it: null for a message that is no tensor. Whoever computes with it says why. */
export function readableTensor(proto: tf.TensorProto): TensorValue | null {
  try {
    return tensorFromProto(proto);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The last value stands for all that are missing; none at all are zeros. */
function filled<T, S extends { [index: number]: T; length: number }>(
  values: readonly T[],
  count: number,
  zero: T,
  into: S,
): S {
  if (values.length > count) throw new RangeError(`${values.length} values for ${count} elements`);
  const rest = values.at(-1) ?? zero;
  for (let i = 0; i < count; i++) into[i] = i < values.length ? values[i] : rest;
  return into;
}

function checked(count: number, bytes: number): number {
  if (count * bytes > MAX_FILLED_BYTES) {
    throw new RangeError(
      `${count} elements are claimed without their bytes; at most ${MAX_FILLED_BYTES / bytes} are filled in`,
    );
  }
  return count;
}
