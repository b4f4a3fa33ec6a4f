/** @file Tensors that are known when a model is read: constants, and sizes of which the batch is not known. */
import { type DataType, numberOfHalf, type TensorValue } from '../../../../contracts/index.ts';
import { elementsOf } from '../tensors.ts';

/** Null is a number that is not known yet: a size that depends on the batch. */
export type Element = number | null | Uint8Array;
export interface Elements {
  readonly length: number;
  [index: number]: Element;
}

/** Floats are held in `Float32Array` or `Float64Array`, everything else in plain arrays; booleans are 0 and 1. */
export interface Known {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: Elements;
}

/** What is computed with: half precision is widened, since no CPU computes in it. */
export function computeType(dtype: DataType): DataType {
  return dtype === 'DT_HALF' || dtype === 'DT_BFLOAT16' ? 'DT_FLOAT' : dtype;
}

export function newElements(dtype: DataType, length: number): Elements {
  if (dtype === 'DT_FLOAT') return new Float32Array(length) as Elements;
  return dtype === 'DT_DOUBLE' ? (new Float64Array(length) as Elements) : new Array<Element>(length).fill(0);
}

export function knownOf({ dtype, shape, data }: TensorValue): Known {
  const type = computeType(dtype);
  if (dtype === 'DT_HALF') return { dtype: type, shape, data: Float32Array.from(data, numberOfHalf) as Elements };
  if (dtype === 'DT_BFLOAT16') return { dtype: type, shape, data: Float32Array.from(data, brainToNumber) as Elements };
  if (dtype === 'DT_FLOAT' || dtype === 'DT_DOUBLE') return { dtype, shape, data: data as Elements };
  if (dtype === 'DT_STRING') return { dtype, shape, data: data as unknown as Elements };
  return { dtype, shape, data: Array.from(data as ArrayLike<number | bigint>, Number) };
}

export function ints(
  values: readonly (number | null)[],
  shape: readonly number[] = [values.length],
  dtype: DataType = 'DT_INT32',
): Known {
  return { dtype, shape, data: [...values] };
}

export function isComplete({ data }: Known): boolean {
  if (ArrayBuffer.isView(data)) return true;
  for (let i = 0; i < data.length; i++) if (data[i] === null) return false;
  return true;
}

/** The numbers; null when one is not known, or they are texts. */
export function numbersOf(known: Known | null): number[] | null {
  if (known === null || known.dtype === 'DT_STRING' || !isComplete(known)) return null;
  return Array.from(known.data as ArrayLike<number>);
}

/** Row-major steps of each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/**
 * Takes elements from places: `result[i0, i1…] = data[offset + Σ i * step]`. Transposes, slices and broadcasts are that.
 */
export function gatherByStrides(known: Known, shape: readonly number[], steps: readonly number[], offset = 0): Known {
  const count = elementsOf(shape);
  const data = newElements(known.dtype, count);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    data[to] = known.data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { dtype: known.dtype, shape, data };
}

export function transposeKnown(known: Known, permutation: readonly number[]): Known {
  const strides = stridesOf(known.shape);
  return gatherByStrides(
    known,
    permutation.map((axis) => known.shape[axis]),
    permutation.map((axis) => strides[axis]),
  );
}

export function reshapeKnown(known: Known, shape: readonly number[]): Known {
  return { ...known, shape };
}

export function broadcastKnown(known: Known, shape: readonly number[]): Known {
  const strides = stridesOf(known.shape);
  const missing = shape.length - known.shape.length;
  const steps = shape.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || known.shape[own] === 1 ? 0 : strides[own];
  });
  return gatherByStrides(known, shape, steps);
}

function brainToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}
