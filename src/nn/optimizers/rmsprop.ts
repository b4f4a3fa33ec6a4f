/** @file RMSprop, as Keras 3 computes it. */
import type { UpdateResult } from './rule.ts';
import { decayedMean, type OptimizerRule } from './rule.ts';

/**
 * v = ρ v + (1 - ρ) g²; d = rate g / √(v + ε), or with `centered` rate g / √(v - a² + ε), a = ρ a + (1 - ρ) g; p -= d, or
 * with momentum b = μ b + d, p -= b. ε stands under the root.
 */
export const rmsprop: OptimizerRule<'rmsprop'> = {
  slots: ({ momentum = 0, centered = false }) => [
    { name: 'velocity', initial: 0 },
    ...(momentum === 0 ? [] : [{ name: 'momentum', initial: 0 }]),
    ...(centered ? [{ name: 'meanGradient', initial: 0 }] : []),
  ],
  update: ({ builder, optimizer, parameters, gradient, learningRate, slot }): UpdateResult => {
    const { rho = 0.9, momentum: inertia = 0, epsilon = 1e-7, centered = false } = optimizer;
    const velocity = decayedMean(builder, slot('velocity'), builder.multiply(gradient, gradient), rho);
    const meanGradient = centered ? decayedMean(builder, slot('meanGradient'), gradient, rho) : null;
    const variance = meanGradient ? builder.subtract(velocity, builder.multiply(meanGradient, meanGradient)) : velocity;
    const deviation = builder.apply('sqrt', [builder.add(variance, builder.constant(epsilon))], {});
    const change = builder.divide(builder.multiply(gradient, learningRate), deviation);
    const slots = { velocity, ...(meanGradient ? { meanGradient } : {}) };
    if (inertia === 0) return { parameters: builder.subtract(parameters, change), slots };
    const momentum = builder.add(builder.scale(slot('momentum'), inertia), change);
    return { parameters: builder.subtract(parameters, momentum), slots: { ...slots, momentum } };
  },
};
