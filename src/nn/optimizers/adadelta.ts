/** @file Adadelta, as Keras 3 computes it. */
import type { Value } from '../graph/graph.ts';
import { decayedMean, type OptimizerRule } from './rule.ts';

/** a = ρ a + (1 - ρ) g²; d = -√(u + ε) / √(a + ε) · g; u = ρ u + (1 - ρ) d²; p += rate d. The sign of d joins the last step. */
export const adadelta: OptimizerRule<'adadelta'> = {
  slots: () => [
    { name: 'accumulatedGradient', initial: 0 },
    { name: 'accumulatedChange', initial: 0 },
  ],
  update: ({ builder, optimizer: { rho = 0.95, epsilon = 1e-7 }, parameters, gradient, learningRate, slot }) => {
    const root = (value: Value): Value => builder.apply('sqrt', [builder.add(value, builder.constant(epsilon))], {});
    const accumulatedGradient = decayedMean(
      builder,
      slot('accumulatedGradient'),
      builder.multiply(gradient, gradient),
      rho,
    );
    const change = builder.divide(
      builder.multiply(root(slot('accumulatedChange')), gradient),
      root(accumulatedGradient),
    );
    const accumulatedChange = decayedMean(builder, slot('accumulatedChange'), builder.multiply(change, change), rho);
    return {
      parameters: builder.subtract(parameters, builder.multiply(change, learningRate)),
      slots: { accumulatedGradient, accumulatedChange },
    };
  },
};
