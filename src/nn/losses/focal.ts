/** @file Categorical focal cross-entropy from logits (Lin et al., "Focal Loss for Dense Object Detection"). */
import { type LossRule, logSoftmax, sharesOf, smoothed } from './rule.ts';

/** Added to 1 - p, so that powers below 1 have a finite slope where p is 1. Next to any other 1 - p it is nothing. */
const TINY = 1e-30;

/**
 * -Σ α (1 - p)^γ t log p with p = softmax(z). Keras clips p to 1e-7 from both ends, where its gradient is 0; here a sample
 * that is very wrong still has one.
 */
export const focal: LossRule<'focal'> = {
  ends: ['softmax'],
  perSample: ({ builder, loss: { gamma = 2, alpha = 0.25, labelSmoothing = 0 }, logits, classes, targets }) => {
    const shares = smoothed(builder, targets.shares(), labelSmoothing, 1 / classes);
    const doubt = builder.subtract(builder.constant(1), builder.apply('softmax', [logits], {}));
    const base = builder.add(doubt, builder.constant(TINY));
    const weight = builder.apply('power', [base, builder.constant(gamma)], {});
    const log = builder.apply('logSoftmax', [logits], {});
    const products = builder.multiply(builder.multiply(shares, log), weight);
    return builder.scale(builder.reduceSum(products, [1]), -alpha);
  },
  ofSample: ({ loss: { gamma = 2, alpha = 0.25, labelSmoothing = 0 }, logits, label }) => {
    const shares = sharesOf(logits.length, label, labelSmoothing, 1 / logits.length);
    const logs = logSoftmax(logits);
    return -alpha * logs.reduce((sum, log, i) => sum + shares[i] * log * (1 - Math.exp(log)) ** gamma, 0);
  },
};
