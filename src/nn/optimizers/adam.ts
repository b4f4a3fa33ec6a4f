/** @file Adam, as Keras 3 computes it. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { OptimizerRule } from './rule.ts';

/**
 * m += (g - m)(1 - β₁); v += (g² - v)(1 - β₂); p -= α m / (√v + ε) with α = rate √(1 - β₂ᵗ) / (1 - β₁ᵗ).
 * ε stands outside the bias correction, unlike in the paper.
 */
export const adam: OptimizerRule<'adam'> = {
  slots: () => [
    { name: 'momentum', initial: 0 },
    { name: 'velocity', initial: 0 },
  ],
  update: ({ builder, optimizer, parameters, gradient, step, learningRate, slot }) => {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = optimizer;
    const correction = (beta: number): Value =>
      builder.subtract(builder.constant(1), builder.apply('power', [builder.constant(beta), step], {}));
    const root = builder.apply('sqrt', [correction(beta2)], {});
    const rate = builder.multiply(learningRate, builder.divide(root, correction(beta1)));
    const momentum = towards(builder, slot('momentum'), gradient, beta1);
    const velocity = towards(builder, slot('velocity'), builder.multiply(gradient, gradient), beta2);
    const deviation = builder.add(builder.apply('sqrt', [velocity], {}), builder.constant(epsilon));
    const change = builder.divide(builder.multiply(momentum, rate), deviation);
    return { parameters: builder.subtract(parameters, change), slots: { momentum, velocity } };
  },
};

/** `old + (value - old)(1 - keep)`: one rounding less than the weighted sum, and Keras' order of operations. */
export function towards(builder: GraphBuilder, old: Value, value: Value, keep: number): Value {
  return builder.add(old, builder.scale(builder.subtract(value, old), 1 - keep));
}
