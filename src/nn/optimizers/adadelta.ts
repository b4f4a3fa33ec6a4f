/** @file Adadelta, as Keras 3 computes it. */
import type { Value } from '../graph/graph.ts';
import type { OptimizerRule } from './rule.ts';

/** a = ρ a + (1 - ρ) g²; d = -√(u + ε) / √(a + ε) · g; u = ρ u + (1 - ρ) d²; p += rate d. */
export const adadelta: OptimizerRule<'adadelta'> = {
  slots: () => [
    { name: 'accumulatedGradient', initial: 0 },
    { name: 'accumulatedChange', initial: 0 },
  ],
  update: ({ builder, optimizer: { rho = 0.95, epsilon = 1e-7 }, parameters, gradient, learningRate, slot }) => {
    const decayed = (old: Value, value: Value): Value =>
      builder.add(builder.scale(old, rho), builder.scale(builder.multiply(value, value), 1 - rho));
    const root = (value: Value): Value => builder.apply('sqrt', [builder.add(value, builder.constant(epsilon))], {});
    const accumulatedGradient = decayed(slot('accumulatedGradient'), gradient);
    const ratio = builder.divide(
      builder.multiply(root(slot('accumulatedChange')), gradient),
      root(accumulatedGradient),
    );
    const change = builder.scale(ratio, -1);
    const accumulatedChange = decayed(slot('accumulatedChange'), change);
    return {
      parameters: builder.add(parameters, builder.multiply(change, learningRate)),
      slots: { accumulatedGradient, accumulatedChange },
    };
  },
};
