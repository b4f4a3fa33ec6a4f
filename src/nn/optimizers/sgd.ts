/** @file Gradient descent with optional momentum, as Keras 3 computes it. */
import type { OptimizerRule, UpdateResult } from './rule.ts';

/** v = μ v - rate g; p += v, or with Nesterov's momentum p += μ v - rate g. */
export const sgd: OptimizerRule<'sgd'> = {
  slots: ({ momentum = 0 }) => (momentum === 0 ? [] : [{ name: 'momentum', initial: 0 }]),
  update: ({
    builder,
    optimizer: { momentum = 0, nesterov = false },
    parameters,
    gradient,
    learningRate,
    slot,
  }): UpdateResult => {
    const stride = builder.multiply(gradient, learningRate);
    if (momentum === 0) return { parameters: builder.subtract(parameters, stride), slots: {} };
    const velocity = builder.subtract(builder.scale(slot('momentum'), momentum), stride);
    const change = nesterov ? builder.subtract(builder.scale(velocity, momentum), stride) : velocity;
    return { parameters: builder.add(parameters, change), slots: { momentum: velocity } };
  },
};
