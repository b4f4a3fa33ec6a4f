/** @file Shapes of operations that move, repeat or sum elements, and of those that classify. */

import { fixed, sameShape, type TensorType } from '../graph.ts';
import type { Dimension, Shape, StructureOp } from '../ops.ts';
import { broadcastShapes } from './elementwise.ts';
import { expectFloat, expectInputs, expectThat, float, type ShapeRules, tensor } from './rule.ts';

export const STRUCTURE_SHAPES: ShapeRules<StructureOp> = {
  reshape: (inputs, { shape }) => {
    expectInputs(inputs, 1);
    expectThat(sameShape(sizeOf(inputs[0].shape), sizeOf(shape)), `as many elements as [${shape.join(', ')}] has`);
    return tensor(inputs[0].type, shape);
  },
  transpose: (inputs, { permutation }) => {
    expectInputs(inputs, 1);
    const { type, shape } = inputs[0];
    expectThat(
      permutation.length === shape.length && shape.every((_, axis) => permutation.includes(axis)),
      `a permutation of ${shape.length} axes, not [${permutation.join(', ')}],`,
    );
    return tensor(
      type,
      permutation.map((axis) => shape[axis]),
    );
  },
  broadcast: (inputs, { shape }) => {
    expectInputs(inputs, 1);
    expectThat(
      sameShape(broadcastShapes(inputs[0].shape, shape), shape),
      `a shape that stretches to [${shape.join(', ')}]`,
    );
    return tensor(inputs[0].type, shape);
  },
  reduceSum: reduction,
  reduceMax: reduction,
  concatenate: (inputs, { axis }) => {
    expectInputs(inputs, 1, inputs.length);
    expectFloat(inputs);
    const [{ shape }] = inputs;
    expectThat(axis >= 0 && axis < shape.length, `an axis below ${shape.length}`);
    const others = (of: Shape): Shape => of.map((dimension, position) => (position === axis ? 0 : dimension));
    expectThat(
      inputs.every((input) => sameShape(others(input.shape), others(shape))),
      `shapes that are equal but along axis ${axis}`,
    );
    const total = inputs.reduce((sum, input) => sum + fixed(input.shape, axis), 0);
    return float(shape.map((dimension, position) => (position === axis ? total : dimension)));
  },
  slice: (inputs, { axis, start, end }) => {
    expectInputs(inputs, 1);
    const { type, shape } = inputs[0];
    expectThat(start >= 0 && start < end && end <= fixed(shape, axis), `at least ${end} elements along axis ${axis}`);
    return tensor(
      type,
      shape.map((dimension, position) => (position === axis ? end - start : dimension)),
    );
  },
  argMax: (inputs) => {
    expectInputs(inputs, 1);
    expectFloat(inputs);
    expectThat(inputs[0].shape.length === 2, '[n, classes]');
    return tensor('int64', [inputs[0].shape[0]]);
  },
  oneHot: (inputs, { depth }) => {
    expectInputs(inputs, 1);
    expectThat(inputs[0].type === 'int64' && inputs[0].shape.length === 1, 'int64 [n]');
    return float([inputs[0].shape[0], depth]);
  },
  softmaxCrossEntropy: (inputs) => {
    expectInputs(inputs, 2);
    const [logits, labels] = inputs;
    expectThat(logits.type === 'float32' && logits.shape.length === 2, 'logits float32 [n, classes]');
    expectThat(labels.type === 'int64' && sameShape(labels.shape, [logits.shape[0]]), 'labels int64 [n]');
    return float(labels.shape);
  },
};

/** Product of the numbers, and the names of the rest, sorted. */
function sizeOf(shape: Shape): Shape {
  const names = shape.filter((dimension) => typeof dimension === 'string').sort();
  const count = shape.reduce<number>((size, dimension) => (typeof dimension === 'number' ? size * dimension : size), 1);
  return [count, ...names] satisfies Dimension[];
}

function reduction(
  inputs: readonly TensorType[],
  { axes, keepDimensions }: { readonly axes: readonly number[]; readonly keepDimensions: boolean },
): TensorType {
  expectInputs(inputs, 1);
  expectFloat(inputs);
  const { shape } = inputs[0];
  expectThat(
    axes.every((axis) => axis >= 0 && axis < shape.length),
    `axes below ${shape.length}`,
  );
  if (keepDimensions) return float(shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)));
  return float(shape.filter((_, axis) => !axes.includes(axis)));
}
