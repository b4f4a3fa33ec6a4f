/** @file Adagrad, as Keras 3 computes it. */
import type { OptimizerRule } from './rule.ts';

/** a += g²; p -= rate g / √(a + ε). */
export const adagrad: OptimizerRule<'adagrad'> = {
  slots: ({ initialAccumulator = 0.1 }) => [{ name: 'accumulator', initial: initialAccumulator }],
  update: ({ builder, optimizer: { epsilon = 1e-7 }, parameters, gradient, learningRate, slot }) => {
    const accumulator = builder.add(slot('accumulator'), builder.multiply(gradient, gradient));
    const deviation = builder.apply('sqrt', [builder.add(accumulator, builder.constant(epsilon))], {});
    const change = builder.divide(builder.multiply(gradient, learningRate), deviation);
    return { parameters: builder.subtract(parameters, change), slots: { accumulator } };
  },
};
