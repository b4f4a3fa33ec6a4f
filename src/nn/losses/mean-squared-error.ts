/** @file Mean squared error of probabilities against one-hot labels. */
import { type LossRule, logSoftmax, sharesOf } from './rule.ts';

/** Mean over the classes of (p - t)², p being what the network answers. */
export const meanSquaredError: LossRule<'meanSquaredError'> = {
  ends: ['softmax', 'sigmoid'],
  perSample: ({ builder, logits, classes, targets, outputActivation }) => {
    const error = builder.subtract(builder.apply(outputActivation, [logits], {}), targets.shares());
    return builder.scale(builder.reduceSum(builder.multiply(error, error), [1]), 1 / classes);
  },
  ofSample: ({ logits, label, outputActivation }) => {
    const truth = sharesOf(logits.length, label, 0, 0);
    const probabilities =
      outputActivation === 'softmax'
        ? logSoftmax(logits).map(Math.exp)
        : Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
    return truth.reduce((sum, t, i) => sum + (probabilities[i] - t) ** 2, 0) / logits.length;
  },
};
