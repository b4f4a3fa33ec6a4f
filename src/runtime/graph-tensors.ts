/** @file Tensors of the contracts as the runtime has them, and back. */
import { type DataType, PictorError, type TensorValue } from '../contracts/index.ts';
import type { AnyTensor } from './session.ts';

/** The runtime's name of each type; null for what it cannot take. */
const RUNTIME_TYPES = {
  DT_FLOAT: 'float32',
  DT_DOUBLE: 'float64',
  DT_HALF: 'float16',
  DT_BFLOAT16: null,
  DT_INT8: 'int8',
  DT_UINT8: 'uint8',
  DT_INT16: 'int16',
  DT_UINT16: 'uint16',
  DT_INT32: 'int32',
  DT_UINT32: 'uint32',
  DT_INT64: 'int64',
  DT_UINT64: 'uint64',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
} as const satisfies Record<DataType, AnyTensor['type'] | null>;

const DATA_TYPES = {
  float32: 'DT_FLOAT',
  float64: 'DT_DOUBLE',
  float16: 'DT_HALF',
  int8: 'DT_INT8',
  uint8: 'DT_UINT8',
  int16: 'DT_INT16',
  uint16: 'DT_UINT16',
  int32: 'DT_INT32',
  uint32: 'DT_UINT32',
  int64: 'DT_INT64',
  uint64: 'DT_UINT64',
  bool: 'DT_BOOL',
  string: 'DT_STRING',
} as const satisfies Record<AnyTensor['type'], DataType>;

/** Bytes that become float32 inside the worker: `x / divisor + offset`. A quarter of the numbers to move, none to convert here. */
export interface ByteScale {
  readonly divisor: number;
  readonly offset: number;
}

/** What an input of a graph is given. */
export interface GraphFeed {
  readonly tensor: TensorValue;
  /** Only for `DT_UINT8`, where the graph takes float32. */
  readonly scale?: ByteScale;
}

/** A feed as it crosses to a worker. */
export interface WireFeed {
  readonly tensor: AnyTensor;
  readonly scale?: ByteScale;
}

/** @throws `input_dtype_mismatch` for types that the runtime does not have */
export function toWire({ tensor, scale }: GraphFeed): WireFeed {
  const type = RUNTIME_TYPES[tensor.dtype];
  if (type === null) {
    throw new PictorError('input_dtype_mismatch', `Tensors of type ${tensor.dtype} cannot be run.`, {
      details: { dtype: tensor.dtype },
    });
  }
  const { shape } = tensor;
  if (tensor.dtype === 'DT_STRING') return { tensor: { type: 'string', shape, data: tensor.data.map(textOf) } };
  const wire = { type, shape, data: owning(tensor.data) } as AnyTensor;
  return scale ? { tensor: wire, scale } : { tensor: wire };
}

export function fromWire(tensor: AnyTensor): TensorValue {
  const { type, shape } = tensor;
  if (type === 'string') return { dtype: 'DT_STRING', shape, data: tensor.data.map((text) => Buffer.from(text)) };
  return { dtype: DATA_TYPES[type], shape, data: tensor.data } as TensorValue;
}

/** Smaller buffers are copied in less time than they are moved: a quarter less at 3 kB, as much at 25 kB. */
const MOVED_BYTES = 16 * 1024;

/** The buffer to move along with a tensor, where that is worth it. */
export function bufferOf({ data }: AnyTensor): ArrayBuffer[] {
  return ArrayBuffer.isView(data) && data.buffer.byteLength >= MOVED_BYTES ? [data.buffer as ArrayBuffer] : [];
}

export function applyScale({ tensor, scale }: WireFeed): AnyTensor {
  if (!scale || tensor.type !== 'uint8') return tensor;
  const { divisor, offset } = scale;
  const data = new Float32Array(tensor.data.length);
  if (divisor === 1 && offset === 0) data.set(tensor.data);
  else for (let i = 0; i < data.length; i++) data[i] = tensor.data[i] / divisor + offset;
  return { type: 'float32', shape: tensor.shape, data };
}

/** A view into a larger buffer (Node pools small ones) is copied: moving its buffer would take its neighbours along. */
function owning<T extends Exclude<TensorValue['data'], readonly Uint8Array[]>>(data: T): T {
  const { buffer, byteLength } = data;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? data : (data.slice() as T);
}

/** Texts of the runtime are Unicode, and end at a zero byte: other bytes have no place in a graph. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
