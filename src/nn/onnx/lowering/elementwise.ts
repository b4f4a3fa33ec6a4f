/** @file Lowering of element-wise operations and activations. */
import type { ElementwiseOp } from '../../graph/ops.ts';
import { ONNX_TYPES } from '../writer.ts';
import { direct, type LoweringRules } from './rule.ts';

export const ELEMENTWISE_LOWERING: LoweringRules<ElementwiseOp> = {
  add: direct('Add'),
  subtract: direct('Sub'),
  multiply: direct('Mul'),
  divide: direct('Div'),
  power: direct('Pow'),
  sqrt: direct('Sqrt'),
  log: direct('Log'),
  softplus: direct('Softplus'),
  clip: ({ writer, inputs: [x], attributes: { minimum, maximum }, output }) => {
    writer.node('Clip', [x, writer.float(minimum), writer.float(maximum)], {}, output);
  },
  maximum: direct('Max'),
  equal: direct('Equal'),
  greater: direct('Greater'),
  cast: ({ writer, inputs, attributes, output }) => {
    writer.node('Cast', inputs, { to: ONNX_TYPES[attributes.to] }, output);
  },
  relu: direct('Relu'),
  // 1 where the result is above 0, else 0, in one pass; comparing and casting takes two.
  reluGradient: ({ writer, inputs: [y, gradient], output }) => {
    const slope = writer.node('HardSigmoid', [y], { alpha: { float: 3e38 }, beta: { float: 0 } });
    writer.node('Mul', [gradient, slope], {}, output);
  },
  tanh: direct('Tanh'),
  tanhGradient: ({ writer, inputs: [y, gradient], output }) => {
    const slope = writer.node('Sub', [writer.float(1), writer.node('Mul', [y, y])]);
    writer.node('Mul', [gradient, slope], {}, output);
  },
  sigmoid: direct('Sigmoid'),
  sigmoidGradient: ({ writer, inputs: [y, gradient], output }) => {
    const slope = writer.node('Mul', [y, writer.node('Sub', [writer.float(1), y])]);
    writer.node('Mul', [gradient, slope], {}, output);
  },
  softmax: ({ writer, inputs, output }) => {
    writer.node('Softmax', inputs, { axis: 1 }, output);
  },
  softmaxGradient: ({ writer, inputs: [y, gradient], output }) => {
    const weighted = writer.node('Mul', [y, gradient]);
    const total = writer.node('ReduceSum', [weighted, writer.ints(1)], { keepdims: 1 });
    writer.node('Sub', [weighted, writer.node('Mul', [y, total])], {}, output);
  },
  logSoftmax: ({ writer, inputs, output }) => {
    writer.node('LogSoftmax', inputs, { axis: 1 }, output);
  },
};
