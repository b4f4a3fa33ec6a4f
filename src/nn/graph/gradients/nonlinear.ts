/** @file Gradients of further activations. */
import type { NonlinearOp } from '../ops.ts';
import { type GradientRules, nonDifferentiable } from './rule.ts';

const NOT_NEEDED = 'gradients of gradients are not needed';

export const NONLINEAR_GRADIENTS: GradientRules<NonlinearOp> = {
  exp: ({ builder, output, gradient }) => [() => builder.multiply(gradient, output)],
  // 2 / sqrt(π) * exp(-x²)
  erf: ({ builder, inputs: [x], gradient }) => [
    () => {
      const bell = builder.apply('exp', [builder.scale(builder.multiply(x, x), -1)], {});
      return builder.multiply(gradient, builder.scale(bell, 2 / Math.sqrt(Math.PI)));
    },
  ],
  clipGradient: nonDifferentiable(NOT_NEEDED),
  leakyRelu: ({ builder, output, attributes, gradient }) => [
    () => builder.apply('leakyReluGradient', [output, gradient], attributes),
  ],
  leakyReluGradient: nonDifferentiable(NOT_NEEDED),
  elu: ({ builder, output, attributes, gradient }) => [
    () => builder.apply('eluGradient', [output, gradient], attributes),
  ],
  eluGradient: nonDifferentiable(NOT_NEEDED),
  hardSigmoid: ({ builder, output, gradient }) => [
    () => builder.scale(builder.apply('clipGradient', [output, gradient], { minimum: 0, maximum: 1 }), 1 / 6),
  ],
  absolute: ({ builder, inputs: [x], gradient }) => [() => builder.multiply(gradient, builder.apply('sign', [x], {}))],
  sign: nonDifferentiable('it is constant almost everywhere'),
};
