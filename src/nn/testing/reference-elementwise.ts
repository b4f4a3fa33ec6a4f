/** @file Element-wise operations and activations in float64. */
import type { ElementwiseOp } from '../graph/ops.ts';
import { type Array64, array64, countOf, type ReferenceRules } from './array64.ts';

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const unary =
  (f: Unary) =>
  ([x]: readonly Array64[]): Array64 =>
    array64(x.shape, x.data.map(f));

const binary =
  (f: Binary, type: 'float32' | 'bool' = 'float32') =>
  ([a, b]: readonly Array64[]): Array64 => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const left = padded(a.shape, rank);
    const right = padded(b.shape, rank);
    const shape = left.map((size, axis) => (size === 1 ? right[axis] : size));
    const data = Float64Array.from({ length: countOf(shape) }, (_, index) =>
      f(a.data[sourceIndex(index, shape, left)], b.data[sourceIndex(index, shape, right)]),
    );
    return array64(shape, data, type);
  };

function padded(shape: readonly number[], rank: number): number[] {
  return [...new Array<number>(rank - shape.length).fill(1), ...shape];
}

/** Index in a tensor that was stretched to `shape`. */
export function sourceIndex(index: number, shape: readonly number[], source: readonly number[]): number {
  let rest = index;
  let result = 0;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const position = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
    if (source[axis] !== 1) result += position * stride;
    stride *= source[axis];
  }
  return result;
}

/** Calls with the indices of every run along axis 1. */
function alongAxisOne({ shape }: Array64, visit: (indices: number[]) => void): void {
  const inner = countOf(shape.slice(2));
  for (let outer = 0; outer < shape[0]; outer++) {
    for (let offset = 0; offset < inner; offset++) {
      visit(Array.from({ length: shape[1] }, (_, index) => (outer * shape[1] + index) * inner + offset));
    }
  }
}

export const ELEMENTWISE_REFERENCE: ReferenceRules<ElementwiseOp> = {
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  power: binary((a, b) => a ** b),
  sqrt: unary(Math.sqrt),
  log: unary(Math.log),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  clip: ([x], { minimum, maximum }) =>
    array64(
      x.shape,
      x.data.map((value) => Math.min(Math.max(value, minimum), maximum)),
    ),
  maximum: (inputs) => {
    const data = inputs[0].data.map((_, i) => Math.max(...inputs.map((input) => input.data[i])));
    return array64(inputs[0].shape, data);
  },
  equal: binary((a, b) => (a === b ? 1 : 0), 'bool'),
  greater: binary((a, b) => (a > b ? 1 : 0), 'bool'),
  cast: ([x], { to }) => array64(x.shape, x.data, to),
  relu: unary((x) => Math.max(x, 0)),
  reluGradient: binary((y, gradient) => (y > 0 ? gradient : 0)),
  tanh: unary(Math.tanh),
  tanhGradient: binary((y, gradient) => gradient * (1 - y * y)),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  sigmoidGradient: binary((y, gradient) => gradient * y * (1 - y)),
  softmax: ([x]) => {
    const data = new Float64Array(x.data.length);
    alongAxisOne(x, (indices) => {
      const largest = Math.max(...indices.map((index) => x.data[index]));
      const total = indices.reduce((sum, index) => sum + Math.exp(x.data[index] - largest), 0);
      for (const index of indices) data[index] = Math.exp(x.data[index] - largest) / total;
    });
    return array64(x.shape, data);
  },
  // The full Jacobian, y_i (δ_ij - y_j), row by row.
  softmaxGradient: ([y, gradient]) => {
    const data = new Float64Array(y.data.length);
    alongAxisOne(y, (indices) => {
      for (const i of indices) {
        for (const j of indices) data[j] += gradient.data[i] * y.data[i] * ((i === j ? 1 : 0) - y.data[j]);
      }
    });
    return array64(y.shape, data);
  },
  logSoftmax: ([x]) => {
    const data = new Float64Array(x.data.length);
    alongAxisOne(x, (indices) => {
      const largest = Math.max(...indices.map((index) => x.data[index]));
      const total = indices.reduce((sum, index) => sum + Math.exp(x.data[index] - largest), 0);
      for (const index of indices) data[index] = x.data[index] - largest - Math.log(total);
    });
    return array64(x.shape, data);
  },
};
