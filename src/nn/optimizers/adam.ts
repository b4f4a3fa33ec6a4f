/** @file Adam and AdamW, as Keras 3 computes them. AdamW is Adam whose weights decay by default. */
import type { OptimizerSpec } from '../../contracts/index.ts';
import type { Value } from '../graph/graph.ts';
import type { OptimizerRule, SlotInfo, UpdateCall, UpdateResult } from './rule.ts';

type AdamSpec = Extract<OptimizerSpec, { kind: 'adam' | 'adamw' }>;
type AdamCall = Omit<UpdateCall<'adam'>, 'optimizer'> & { readonly optimizer: AdamSpec };

/**
 * m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; p -= α m / (√v + ε) with α = rate √(1 - β₂ᵗ) / (1 - β₁ᵗ). With `amsgrad`
 * the largest v so far divides. ε stands outside the bias correction, unlike in the paper.
 *
 * The slots hold m / (1 - β₁) and v / (1 - β₂), which saves two passes over the parameters: the factors join the scalars.
 */
const rule = {
  slots: ({ amsgrad = false }: AdamSpec): readonly SlotInfo[] => [
    { name: 'momentum', initial: 0 },
    { name: 'velocity', initial: 0 },
    ...(amsgrad ? [{ name: 'largestVelocity', initial: 0 }] : []),
  ],
  update: ({ builder, optimizer, parameters, gradient, step, learningRate, slot }: AdamCall): UpdateResult => {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, amsgrad = false } = optimizer;
    const correction = (beta: number): Value =>
      builder.subtract(builder.constant(1), builder.apply('power', [builder.constant(beta), step], {}));
    const root = builder.apply('sqrt', [correction(beta2)], {});
    const rate = builder.scale(
      builder.multiply(learningRate, builder.divide(root, correction(beta1))),
      (1 - beta1) / Math.sqrt(1 - beta2),
    );
    const momentum = builder.add(builder.scale(slot('momentum'), beta1), gradient);
    const velocity = builder.add(builder.scale(slot('velocity'), beta2), builder.multiply(gradient, gradient));
    const largestVelocity = amsgrad ? builder.apply('maximum', [slot('largestVelocity'), velocity], {}) : null;
    const deviation = builder.add(
      builder.apply('sqrt', [largestVelocity ?? velocity], {}),
      builder.constant(epsilon / Math.sqrt(1 - beta2)),
    );
    const change = builder.divide(builder.multiply(momentum, rate), deviation);
    return {
      parameters: builder.subtract(parameters, change),
      slots: { momentum, velocity, ...(largestVelocity ? { largestVelocity } : {}) },
    };
  },
};

export const adam: OptimizerRule<'adam'> = rule;
export const adamw: OptimizerRule<'adamw'> = rule;
