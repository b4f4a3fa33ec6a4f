/** @file Shapes of element-wise operations and activations. */
import type { TensorType } from '../graph.ts';
import { sameShape } from '../graph.ts';
import type { DataType, ElementwiseOp, Shape } from '../ops.ts';
import { expectFloat, expectInputs, expectThat, float, type ShapeRules, tensor } from './rule.ts';

/** NumPy's rule: aligned at the end, a dimension of 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    expectThat(left === right || left === 1 || right === 1, `equal dimensions, or 1, at axis ${axis}`);
    return left === 1 ? right : left;
  });
}

function binary(inputs: readonly TensorType[]): TensorType {
  expectInputs(inputs, 2);
  expectFloat(inputs);
  return float(broadcastShapes(inputs[0].shape, inputs[1].shape));
}

export function unary(inputs: readonly TensorType[]): TensorType {
  expectInputs(inputs, 1);
  expectFloat(inputs);
  return float(inputs[0].shape);
}

function comparison(inputs: readonly TensorType[]): TensorType {
  expectInputs(inputs, 2);
  expectThat(inputs[0].type === inputs[1].type, 'two inputs of one type');
  return tensor('bool', broadcastShapes(inputs[0].shape, inputs[1].shape));
}

export function activationGradient(inputs: readonly TensorType[]): TensorType {
  expectInputs(inputs, 2);
  expectFloat(inputs);
  expectThat(sameShape(inputs[0].shape, inputs[1].shape), 'a result and a gradient of one shape');
  return float(inputs[0].shape);
}

function overAxisOne(
  rule: (inputs: readonly TensorType[]) => TensorType,
): (inputs: readonly TensorType[]) => TensorType {
  return (inputs) => {
    expectThat(
      inputs.every((input) => input.shape.length >= 2),
      'at least two dimensions',
    );
    return rule(inputs);
  };
}

const CASTS: Readonly<Record<DataType, readonly DataType[]>> = {
  float32: ['float32'],
  int64: ['float32', 'int64'],
  uint8: ['float32', 'uint8'],
  bool: ['float32', 'bool'],
};

export const ELEMENTWISE_SHAPES: ShapeRules<ElementwiseOp> = {
  add: binary,
  subtract: binary,
  multiply: binary,
  divide: binary,
  power: binary,
  sqrt: unary,
  log: unary,
  softplus: unary,
  clip: unary,
  maximum: (inputs) => {
    expectInputs(inputs, 1, inputs.length);
    expectFloat(inputs);
    expectThat(
      inputs.every(({ shape }) => sameShape(shape, inputs[0].shape)),
      'tensors of one shape',
    );
    return float(inputs[0].shape);
  },
  equal: comparison,
  greater: comparison,
  cast: (inputs, { to }) => {
    expectInputs(inputs, 1);
    expectThat(CASTS[inputs[0].type].includes(to), `a type that can become ${to}`);
    return tensor(to, inputs[0].shape);
  },
  relu: unary,
  reluGradient: activationGradient,
  tanh: unary,
  tanhGradient: activationGradient,
  sigmoid: unary,
  sigmoidGradient: activationGradient,
  softmax: overAxisOne(unary),
  softmaxGradient: overAxisOne(activationGradient),
  logSoftmax: overAxisOne(unary),
};
