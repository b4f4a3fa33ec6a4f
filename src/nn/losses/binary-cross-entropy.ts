/** @file Binary cross-entropy from logits, of each class by itself. */
import { type LossRule, sharesOf, smoothed } from './rule.ts';

/** Mean over the classes of t softplus(-z) + (1 - t) softplus(z): neither part is below 0, so nothing cancels. */
export const binaryCrossEntropy: LossRule<'binaryCrossEntropy'> = {
  ends: ['sigmoid'],
  perSample: ({ builder, loss: { labelSmoothing = 0 }, logits, classes, targets }) => {
    const truth = smoothed(builder, targets.shares(), labelSmoothing, 0.5);
    const present = builder.multiply(truth, builder.apply('softplus', [builder.scale(logits, -1)], {}));
    const absence = builder.subtract(builder.constant(1), truth);
    const absent = builder.multiply(absence, builder.apply('softplus', [logits], {}));
    return builder.scale(builder.reduceSum(builder.add(present, absent), [1]), 1 / classes);
  },
  ofSample: ({ loss: { labelSmoothing = 0 }, logits, label }) => {
    const truth = sharesOf(logits.length, label, labelSmoothing, 0.5);
    const sum = truth.reduce((total, t, i) => total + t * softplus(-logits[i]) + (1 - t) * softplus(logits[i]), 0);
    return sum / logits.length;
  },
};

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
