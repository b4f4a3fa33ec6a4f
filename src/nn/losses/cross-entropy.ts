/** @file Categorical cross-entropy from logits. */
import { type LossRule, logSoftmax, sharesOf, smoothed } from './rule.ts';

/** -Σ t log softmax(z). Smoothing gives every class an equal share, as Keras' does. */
export const crossEntropy: LossRule<'crossEntropy'> = {
  ends: ['softmax'],
  perSample: ({ builder, loss: { labelSmoothing = 0 }, logits, classes, targets }) => {
    const { labels } = targets;
    if (labels && labelSmoothing === 0) return builder.apply('softmaxCrossEntropy', [logits, labels], {});
    const shares = smoothed(builder, targets.shares(), labelSmoothing, 1 / classes);
    const products = builder.multiply(shares, builder.apply('logSoftmax', [logits], {}));
    return builder.scale(builder.reduceSum(products, [1]), -1);
  },
  ofSample: ({ loss: { labelSmoothing = 0 }, logits, label }) => {
    const shares = sharesOf(logits.length, label, labelSmoothing, 1 / logits.length);
    return logSoftmax(logits).reduce((sum, log, index) => sum - (shares[index] === 0 ? 0 : shares[index] * log), 0);
  },
};
