/** @file Gradients of matrix products, convolutions and pools. */

import type { GraphBuilder } from '../builder.ts';
import { fixed, type Value } from '../graph.ts';
import type { ProductOp } from '../ops.ts';
import { sumTo } from './elementwise.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

/** The gradient of a pool only spreads what it is given, so the smaller tensor before it has the same sums. */
function withSameSums(builder: GraphBuilder, gradient: Value): Value {
  const producer = builder.producer(gradient);
  if (producer?.op === 'maxPool2dGradient') return producer.inputs[2];
  return producer?.op === 'averagePool2dGradient' ? producer.inputs[0] : gradient;
}

export const PRODUCT_GRADIENTS: GradientRules<ProductOp> = {
  matrixMultiply: ({ builder, inputs: [a, b, c], attributes: { transposeA, transposeB }, gradient }) => [
    () =>
      transposeA
        ? builder.apply('matrixMultiply', [b, gradient], { transposeA: transposeB, transposeB: true })
        : builder.apply('matrixMultiply', [gradient, b], { transposeA: false, transposeB: !transposeB }),
    () =>
      transposeB
        ? builder.apply('matrixMultiply', [gradient, a], { transposeA: true, transposeB: transposeA })
        : builder.apply('matrixMultiply', [a, gradient], { transposeA: !transposeA, transposeB: false }),
    c ? () => sumTo(builder, gradient, c.shape) : null,
  ],
  conv2d: ({ builder, inputs: [x, kernel], attributes, gradient }) => [
    () => {
      const inputSize = [fixed(x.shape, 2), fixed(x.shape, 3)] as const;
      return builder.apply('conv2dInputGradient', [gradient, kernel], { ...attributes, inputSize });
    },
    () => builder.apply('conv2dKernelGradient', [x, gradient], attributes),
    () => builder.reduceSum(withSameSums(builder, gradient), [0, 2, 3]),
  ],
  // By itself this is a transposed convolution. It is linear in both, and its adjoints are the two other operations.
  conv2dInputGradient: ({ builder, inputs: [x, kernel], attributes: { inputSize: _, ...window }, gradient }) => [
    () => builder.apply('conv2d', [gradient, kernel], window),
    () => builder.apply('conv2dKernelGradient', [gradient, x], window),
  ],
  conv2dKernelGradient: nonDifferentiable('gradients of gradients are not needed'),
  maxPool2d: ({ builder, inputs: [x], output, attributes, gradient }) => [
    () => builder.apply('maxPool2dGradient', [x, output, gradient], attributes),
  ],
  maxPool2dGradient: nonDifferentiable('gradients of gradients are not needed'),
  maximumOverGroups: ({ builder, inputs: [x], output, attributes, gradient }) => [
    () => builder.apply('maximumOverGroupsGradient', [x, output, gradient], attributes),
  ],
  maximumOverGroupsGradient: nonDifferentiable('gradients of gradients are not needed'),
  averagePool2d: ({ builder, inputs: [x], attributes, gradient }) => [
    () => {
      const inputSize = [fixed(x.shape, 2), fixed(x.shape, 3)] as const;
      return builder.apply('averagePool2dGradient', [gradient], { ...attributes, inputSize });
    },
  ],
  averagePool2dGradient: nonDifferentiable('gradients of gradients are not needed'),
};
