/** @file Lowering of operations that move, repeat or sum elements, and of those that classify. */

import { fixed } from '../../graph/graph.ts';
import type { StructureOp } from '../../graph/ops.ts';
import { type LoweringRules, reshape } from './rule.ts';

export const STRUCTURE_LOWERING: LoweringRules<StructureOp> = {
  reshape: ({ writer, inputs: [x], attributes, output }) => {
    reshape(writer, x, attributes.shape, output);
  },
  transpose: ({ writer, inputs, attributes, output }) => {
    writer.node('Transpose', inputs, { perm: attributes.permutation }, output);
  },
  broadcast: ({ writer, inputs: [x], attributes, output }) => {
    const shape = writer.ints(...attributes.shape.map((_, axis) => fixed(attributes.shape, axis)));
    writer.node('Expand', [x, shape], {}, output);
  },
  reduceSum: ({ writer, inputs: [x], attributes: { axes, keepDimensions }, output }) => {
    writer.node('ReduceSum', [x, writer.ints(...axes)], { keepdims: keepDimensions ? 1 : 0 }, output);
  },
  reduceMax: ({ writer, inputs: [x], attributes: { axes, keepDimensions }, output }) => {
    writer.node('ReduceMax', [x, writer.ints(...axes)], { keepdims: keepDimensions ? 1 : 0 }, output);
  },
  concatenate: ({ writer, inputs, attributes: { axis }, output }) => {
    writer.node('Concat', inputs, { axis }, output);
  },
  slice: ({ writer, inputs: [x], attributes: { axis, start, end }, output }) => {
    writer.node('Slice', [x, writer.ints(start), writer.ints(end), writer.ints(axis)], {}, output);
  },
  argMax: ({ writer, inputs, output }) => {
    writer.node('ArgMax', inputs, { axis: 1, keepdims: 0 }, output);
  },
  oneHot: ({ writer, inputs: [labels], attributes: { depth }, output }) => {
    writer.node('OneHot', [labels, writer.ints(depth), writer.floats([0, 1])], { axis: -1 }, output);
  },
  softmaxCrossEntropy: ({ writer, inputs: [logits, labels], types, output }) => {
    const depth = fixed(types[0].shape, 1);
    const truth = writer.node('OneHot', [labels, writer.ints(depth), writer.floats([0, 1])], { axis: -1 });
    const chosen = writer.node('Mul', [writer.node('LogSoftmax', [logits], { axis: 1 }), truth]);
    writer.node('Neg', [writer.node('ReduceSum', [chosen, writer.ints(1)], { keepdims: 0 })], {}, output);
  },
};
