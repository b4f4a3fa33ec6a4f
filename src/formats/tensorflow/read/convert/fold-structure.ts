/** @file Operators that move known elements, or reduce them. */
import type { DataType } from '../../../../contracts/index.ts';
import type { Attributes } from '../graph/attributes.ts';
import { elementsOf } from '../tensors.ts';
import {
  broadcastKnown,
  computeType,
  type Element,
  gatherByStrides,
  ints,
  type Known,
  newElements,
  numbersOf,
  reshapeKnown,
  stridesOf,
  transposeKnown,
} from './known.ts';
import { planSlice, sliceRange } from './slice.ts';

/** Null for what is not computed ahead. */
export type Fold = (inputs: readonly Known[], attributes: Attributes) => Known | readonly Known[] | null;

const same: Fold = ([x]) => x;

export const STRUCTURE: Readonly<Record<string, Fold>> = {
  Identity: same,
  StopGradient: same,
  PreventGradient: same,
  Snapshot: same,
  EnsureShape: same,
  CheckNumerics: same,
  Cast: ([x], attributes) => castKnown(x, attributes.type('DstT')),
  Reshape: ([x, to]) => {
    const shape = numbersOf(to);
    return shape && reshapeKnown(x, fillIn(shape, x.data.length));
  },
  ExpandDims: ([x, at]) => {
    const axis = numbersOf(at)?.[0];
    if (axis === undefined) return null;
    const shape = [...x.shape];
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
    return reshapeKnown(x, shape);
  },
  Squeeze: ([x], attributes) => {
    const axes = attributes.ints('squeeze_dims').map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    return reshapeKnown(
      x,
      x.shape.filter((size, axis) => (axes.length > 0 ? !axes.includes(axis) : size !== 1)),
    );
  },
  Transpose: ([x, by]) => {
    const permutation = numbersOf(by);
    return permutation && transposeKnown(x, permutation);
  },
  Pack: (inputs, attributes) => {
    const axis = attributes.int('axis', 0);
    const at = axis < 0 ? axis + inputs[0].shape.length + 1 : axis;
    const unsqueezed = inputs.map((x) => reshapeKnown(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]));
    return concatenate(unsqueezed, at);
  },
  Unpack: ([x], attributes) => {
    const axis = attributes.int('axis', 0);
    const at = axis < 0 ? axis + x.shape.length : axis;
    const rest = x.shape.filter((_, i) => i !== at);
    const strides = stridesOf(x.shape);
    const steps = strides.filter((_, i) => i !== at);
    return Array.from({ length: x.shape[at] }, (_, i) => gatherByStrides(x, rest, steps, i * strides[at]));
  },
  ConcatV2: (inputs) => {
    const axis = numbersOf(inputs.at(-1)!)?.[0];
    return axis === undefined
      ? null
      : concatenate(inputs.slice(0, -1), axis < 0 ? axis + inputs[0].shape.length : axis);
  },
  StridedSlice: ([x, begin, end, by], attributes) => {
    const [starts, ends, steps] = [numbersOf(begin), numbersOf(end), numbersOf(by)];
    if (!starts || !ends || !steps) return null;
    const plan = planSlice(x.shape, starts, ends, steps, attributes);
    const strides = stridesOf(x.shape);
    const shape = [...x.shape];
    const by2 = [...strides];
    let offset = 0;
    for (const slice of plan.slices) {
      const { first, count } = sliceRange(x.shape[slice.axis], slice);
      offset += first * strides[slice.axis];
      shape[slice.axis] = count;
      by2[slice.axis] = strides[slice.axis] * slice.step;
    }
    return reshapeKnown(gatherByStrides(x, shape, by2, offset), plan.shape as number[]);
  },
  Slice: ([x, begin, size]) => {
    const [starts, sizes] = [numbersOf(begin), numbersOf(size)];
    if (!starts || !sizes) return null;
    const strides = stridesOf(x.shape);
    const shape = sizes.map((length, axis) => (length < 0 ? x.shape[axis] - starts[axis] : length));
    return gatherByStrides(
      x,
      shape,
      strides,
      starts.reduce((sum, start, axis) => sum + start * strides[axis], 0),
    );
  },
  Gather: ([x, indices]) => gatherKnown(x, indices),
  GatherV2: ([x, indices, axis], attributes) =>
    numbersOf(axis)?.[0] === 0 && attributes.int('batch_dims', 0) === 0 ? gatherKnown(x, indices) : null,
  Fill: ([sizes, value]) => {
    const shape = numbersOf(sizes);
    return shape && broadcastKnown(value, shape);
  },
  BroadcastTo: ([x, sizes]) => {
    const shape = numbersOf(sizes);
    return shape && broadcastKnown(x, shape);
  },
  Tile: ([x, times]) => {
    const counts = numbersOf(times);
    if (!counts) return null;
    return counts.reduce((tiled, count, axis) => concatenate(new Array<Known>(count).fill(tiled), axis), x);
  },
  Range: ([start, limit, delta]) => {
    const [[from], [to], [step]] = [numbersOf(start) ?? [], numbersOf(limit) ?? [], numbersOf(delta) ?? []];
    if (from === undefined || to === undefined || !step) return null;
    const length = Math.max(0, Math.ceil((to - from) / step));
    if (length > 1 << 20) return null;
    const data = newElements(start.dtype, length);
    for (let i = 0; i < length; i++) data[i] = from + i * step;
    return { dtype: start.dtype, shape: [length], data };
  },
  ZerosLike: ([x]) => filledLike(x, 0),
  OnesLike: ([x]) => filledLike(x, 1),
  Size: ([x]) => ints([x.data.length], []),
  Rank: ([x]) => ints([x.shape.length], []),
  Shape: ([x]) => ints(x.shape),
  Prod: reduction((values) => values.reduce((product, value) => product * value, 1)),
  Sum: reduction((values) => values.reduce((sum, value) => sum + value, 0)),
  Mean: reduction((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  Max: reduction((values) => Math.max(...values)),
  Min: reduction((values) => Math.min(...values)),
  All: reduction((values) => Number(values.every(Boolean))),
  Any: reduction((values) => Number(values.some(Boolean))),
  Select: select,
  SelectV2: select,
  AsString: ([x]) => {
    const numbers = numbersOf(x);
    const isWhole = x.dtype !== 'DT_FLOAT' && x.dtype !== 'DT_DOUBLE' && x.dtype !== 'DT_BOOL';
    if (!numbers || !isWhole) return null;
    return {
      dtype: 'DT_STRING',
      shape: x.shape,
      data: numbers.map((number) => new TextEncoder().encode(String(number))),
    };
  },
};

function select([condition, yes, no]: readonly Known[]): Known | null {
  const values = numbersOf(condition);
  return values?.length === 1 ? (values[0] ? yes : no) : null;
}

export function castKnown(x: Known, to: DataType | null): Known | null {
  if (to === null || to === 'DT_STRING' || x.dtype === 'DT_STRING') return null;
  const dtype = computeType(to);
  const data = newElements(dtype, x.data.length);
  const whole = dtype !== 'DT_FLOAT' && dtype !== 'DT_DOUBLE';
  for (let i = 0; i < x.data.length; i++) {
    const value = x.data[i] as number | null;
    // Floats are held without room for what is not known.
    if (value === null && !whole) return null;
    data[i] = value === null ? null : dtype === 'DT_BOOL' ? Number(value !== 0) : whole ? Math.trunc(value) : value;
  }
  return { dtype, shape: x.shape, data };
}

/** Replaces the one -1 of a shape. */
export function fillIn(shape: readonly number[], elements: number): number[] {
  const rest = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  return shape.map((size) => (size === -1 ? elements / rest : size));
}

function concatenate(inputs: readonly Known[], axis: number): Known {
  const [{ dtype, shape: first }] = inputs;
  const shape = first.map((size, at) => (at === axis ? inputs.reduce((sum, x) => sum + x.shape[axis], 0) : size));
  const outer = elementsOf(first.slice(0, axis));
  const data = newElements(dtype, elementsOf(shape));
  let to = 0;
  for (let row = 0; row < outer; row++) {
    for (const x of inputs) {
      const length = x.data.length / outer;
      for (let i = 0; i < length; i++) data[to++] = x.data[row * length + i];
    }
  }
  return { dtype, shape, data };
}

function gatherKnown(x: Known, indices: Known): Known | null {
  const places = numbersOf(indices);
  if (!places || x.shape.length === 0) return null;
  const row = elementsOf(x.shape.slice(1));
  const data = newElements(x.dtype, places.length * row);
  for (const [to, from] of places.entries()) for (let i = 0; i < row; i++) data[to * row + i] = x.data[from * row + i];
  return { dtype: x.dtype, shape: [...indices.shape, ...x.shape.slice(1)], data };
}

function filledLike({ dtype, shape, data }: Known, value: number): Known {
  const result = newElements(dtype, data.length);
  for (let i = 0; i < data.length; i++) result[i] = value;
  return { dtype, shape, data: result };
}

function reduction(compute: (values: readonly number[]) => number): Fold {
  return ([x, over], attributes: Attributes) => {
    const axes = over ? numbersOf(over)?.map((axis) => (axis < 0 ? axis + x.shape.length : axis)) : null;
    if (!axes || x.dtype === 'DT_STRING') return null;
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const strides = stridesOf(kept);
    const groups: Element[][] = Array.from({ length: elementsOf(kept) }, () => []);
    const own = stridesOf(x.shape);
    for (let i = 0; i < x.data.length; i++) {
      let group = 0;
      for (const [axis, step] of own.entries()) {
        if (!axes.includes(axis)) group += (Math.floor(i / step) % x.shape[axis]) * strides[axis];
      }
      groups[group].push(x.data[i]);
    }
    const data = newElements(x.dtype, groups.length);
    for (const [i, values] of groups.entries()) data[i] = values.includes(null) ? null : compute(values as number[]);
    const shape = attributes.bool('keep_dims', false) ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return { dtype: x.dtype, shape, data };
  };
}
