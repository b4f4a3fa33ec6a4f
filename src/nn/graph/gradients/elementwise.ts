/** @file Gradients of element-wise operations and activations. */
import type { GraphBuilder } from '../builder.ts';
import type { Value } from '../graph.ts';
import type { ElementwiseOp, Shape } from '../ops.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

/** Undoes broadcasting: sums over the axes along which a value of `shape` was repeated. */
export function sumTo(builder: GraphBuilder, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1));
  return builder.reshape(builder.reduceSum(gradient, axes), shape);
}

/** Each input in turn takes what is left of the gradient where it equals the maximum; the last takes the rest. */
function shareToFirst(
  builder: GraphBuilder,
  inputs: readonly Value[],
  maximum: Value,
  gradient: Value,
): readonly Value[] {
  let rest = gradient;
  const shares = inputs.slice(0, -1).map((input) => {
    const wins = builder.cast(builder.apply('equal', [input, maximum], {}), 'float32');
    const share = builder.multiply(rest, wins);
    rest = builder.subtract(rest, share);
    return share;
  });
  return [...shares, rest];
}

export const ELEMENTWISE_GRADIENTS: GradientRules<ElementwiseOp> = {
  add: ({ builder, inputs: [a, b], gradient }) => [
    () => sumTo(builder, gradient, a.shape),
    () => sumTo(builder, gradient, b.shape),
  ],
  subtract: ({ builder, inputs: [a, b], gradient }) => [
    () => sumTo(builder, gradient, a.shape),
    () => builder.scale(sumTo(builder, gradient, b.shape), -1),
  ],
  multiply: ({ builder, inputs: [a, b], gradient }) => [
    () => sumTo(builder, builder.multiply(gradient, b), a.shape),
    () => sumTo(builder, builder.multiply(gradient, a), b.shape),
  ],
  divide: ({ builder, inputs: [a, b], output, gradient }) => [
    () => sumTo(builder, builder.divide(gradient, b), a.shape),
    () => builder.scale(sumTo(builder, builder.multiply(gradient, builder.divide(output, b)), b.shape), -1),
  ],
  // By the base and by the exponent; the base must be above 0 for the second.
  power: ({ builder, inputs: [a, b], output, gradient }) => [
    () => {
      const slope = builder.apply('power', [a, builder.subtract(b, builder.constant(1))], {});
      return sumTo(builder, builder.multiply(gradient, builder.multiply(b, slope)), a.shape);
    },
    () => {
      const slope = builder.multiply(output, builder.apply('log', [a], {}));
      return sumTo(builder, builder.multiply(gradient, slope), b.shape);
    },
  ],
  sqrt: ({ builder, output, gradient }) => [() => builder.scale(builder.divide(gradient, output), 0.5)],
  log: ({ builder, inputs: [a], gradient }) => [() => builder.divide(gradient, a)],
  softplus: ({ builder, inputs: [a], gradient }) => [
    () => builder.multiply(gradient, builder.apply('sigmoid', [a], {})),
  ],
  clip: ({ builder, output, attributes, gradient }) => [
    () => builder.apply('clipGradient', [output, gradient], attributes),
  ],
  maximum: ({ builder, inputs, output, gradient }) => {
    let shares: readonly Value[] | undefined;
    return inputs.map((_, index) => () => {
      shares ??= shareToFirst(builder, inputs, output, gradient);
      return shares[index];
    });
  },
  equal: nonDifferentiable('a comparison is constant almost everywhere'),
  greater: nonDifferentiable('a comparison is constant almost everywhere'),
  cast: ({ inputs: [a], gradient }) => [a.type === 'float32' ? () => gradient : null],
  relu: ({ builder, output, gradient }) => [() => builder.apply('reluGradient', [output, gradient], {})],
  reluGradient: nonDifferentiable('gradients of gradients are not needed'),
  tanh: ({ builder, output, gradient }) => [() => builder.apply('tanhGradient', [output, gradient], {})],
  tanhGradient: nonDifferentiable('gradients of gradients are not needed'),
  sigmoid: ({ builder, output, gradient }) => [() => builder.apply('sigmoidGradient', [output, gradient], {})],
  sigmoidGradient: nonDifferentiable('gradients of gradients are not needed'),
  softmax: ({ builder, output, gradient }) => [() => builder.apply('softmaxGradient', [output, gradient], {})],
  softmaxGradient: nonDifferentiable('gradients of gradients are not needed'),
  // g - softmax · Σ g: no logarithm, nothing that can overflow.
  logSoftmax: ({ builder, inputs: [a], gradient }) => [
    () => {
      const total = builder.reduceSum(gradient, [1], true);
      return builder.subtract(gradient, builder.multiply(builder.apply('softmax', [a], {}), total));
    },
  ],
};
