/** @file `TensorProto` and back. Rules: `tensorflow/core/framework/tensor.{proto,cc}`. */
import { create } from '@bufbuild/protobuf';
import type { NumberType, TensorStorage, TensorValue } from '../../contracts/index.ts';
import { DATA_TYPE_NUMBERS, dataTypeOf, TENSOR_LISTS, tf } from '../../proto/index.ts';
import { checkedShape, ShapeError } from './shape.ts';
import { bytesOfStorage, bytesPerElement, newStorage, storageOfBytes, tensorValue } from './storage.ts';
import { checkWrittenSize } from './written-size.ts';

/** Why a `TensorProto` is none that can be read. */
export class TensorError extends Error {}

/** Where a tensor's numbers are in an answer: in the list of its type, or as bytes in `tensor_content`. */
export const TENSOR_FORMS = ['values', 'content'] as const;
export type TensorForm = (typeof TENSOR_FORMS)[number];

/**
 * So many values may be left out of a list, as the last one stands for them: more than one picture's. A message of a few
 * bytes must not make a server compute millions of rows.
 */
const MAX_LEFT_OUT = 256 * 1024;

/** A list of bytes costs far more memory than the bytes that ask for it. */
const BYTES_PER_TEXT = 16;

/**
 * @throws TensorError for types that no classifier has, for shapes that are unknown or too large, and for contents of
 * another size than the shape's
 */
export function tensorOfProto(proto: tf.TensorProto): TensorValue {
  const dtype = dataTypeOf(proto.dtype);
  if (dtype === null) throw new TensorError(`data type ${proto.dtype} is not supported`);
  if (proto.tensorShape?.unknownRank) throw new TensorError('its shape is unknown');
  const sizes = proto.tensorShape?.dim.map(({ size }) => size) ?? [];
  const { shape, count } = shapeOf(sizes, dtype === 'DT_STRING' ? BYTES_PER_TEXT : bytesPerElement(dtype));
  const data = dtype === 'DT_STRING' ? texts(proto, count) : numbers(dtype, proto, count);
  return tensorValue(dtype, shape, data);
}

/** @throws `request_too_large` for lists of more values than can be written */
export function protoOfTensor(value: TensorValue, form: TensorForm = 'values'): tf.TensorProto {
  const dtype = DATA_TYPE_NUMBERS[value.dtype];
  const tensorShape = create(tf.TensorShapeProtoSchema, { dim: value.shape.map((size) => ({ size: BigInt(size) })) });
  const proto = create(tf.TensorProtoSchema, { dtype, tensorShape });
  if (value.dtype === 'DT_STRING') proto.stringVal = [...value.data];
  else if (form === 'content') proto.tensorContent = bytesOfStorage(value.data);
  else {
    checkWrittenSize(value, 'a list');
    setList(proto, value);
  }
  return proto;
}

function shapeOf(sizes: readonly bigint[], bytes: number): ReturnType<typeof checkedShape> {
  try {
    return checkedShape(sizes, bytes);
  } catch (error) {
    if (error instanceof ShapeError) throw new TensorError(error.message);
    throw error;
  }
}

function texts({ stringVal, tensorContent }: tf.TensorProto, count: number): readonly Uint8Array[] {
  if (tensorContent.length > 0) throw new TensorError('strings must be in string_val, not in tensor_content');
  return padded(stringVal, count, new Uint8Array());
}

function numbers<T extends NumberType>(dtype: T, proto: tf.TensorProto, count: number): TensorStorage[T] {
  const { tensorContent } = proto;
  if (tensorContent.length > 0) {
    const expected = count * bytesPerElement(dtype);
    if (tensorContent.length !== expected) {
      throw new TensorError(`tensor_content has ${tensorContent.length} bytes, expected ${expected}`);
    }
    return storageOfBytes(dtype, tensorContent);
  }
  const list: readonly (number | bigint | boolean)[] = proto[TENSOR_LISTS[dtype]];
  const given = Math.min(list.length, count);
  checkLeftOut(count - given, count);
  const storage = newStorage(dtype, count);
  // Numbers of another size wrap, as a cast in C does; all of a list are of one kind, that of the storage.
  const target = storage as { [index: number]: number | bigint | boolean; fill(value: unknown, from: number): void };
  for (let i = 0; i < given; i++) target[i] = list[i];
  // The last value stands for all that follow; no value at all for zeros.
  if (given > 0 && given < count) target.fill(storage[given - 1], given);
  return storage;
}

function padded<T>(list: readonly T[], count: number, otherwise: T): readonly T[] {
  if (list.length >= count) return list.slice(0, count);
  checkLeftOut(count - list.length, count);
  const last = list.at(-1) ?? otherwise;
  return Array.from({ length: count }, (_, i) => (i < list.length ? list[i] : last));
}

function checkLeftOut(missing: number, count: number): void {
  if (missing <= MAX_LEFT_OUT) return;
  throw new TensorError(`its list lacks ${missing} of ${count} values; at most ${MAX_LEFT_OUT} may be left out`);
}

function setList(proto: tf.TensorProto, value: TensorValue & { readonly dtype: NumberType }): void {
  const { dtype, data } = value;
  if (dtype === 'DT_BOOL') proto.boolVal = Array.from(data, (bit) => bit !== 0);
  else if (dtype === 'DT_INT64') proto.int64Val = Array.from(data);
  else if (dtype === 'DT_UINT64') proto.uint64Val = Array.from(data);
  else proto[TENSOR_LISTS[dtype]] = Array.from(data);
}
