/** @file The loss of a batch, and how many of its samples are right. */
import type { GraphBuilder } from './graph/builder.ts';
import type { Value } from './graph/graph.ts';

export interface BatchTargets {
  /** int64 `[batch]`. */
  readonly labels: Value;
  /** float32 `[batch]`; 0 for samples that only fill the batch up. */
  readonly sampleWeights: Value;
}

/** Sum of weight times cross-entropy over the batch, from logits `[batch, classes]`. */
export function weightedCrossEntropy(builder: GraphBuilder, logits: Value, targets: BatchTargets): Value {
  const losses = builder.apply('softmaxCrossEntropy', [logits, targets.labels], {});
  return builder.reduceSum(builder.multiply(losses, targets.sampleWeights), [0]);
}

/** Number of samples of weight above 0 whose largest logit is that of their label. */
export function correctCount(builder: GraphBuilder, logits: Value, targets: BatchTargets): Value {
  const right = builder.apply('equal', [builder.apply('argMax', [logits], {}), targets.labels], {});
  const counts = builder.apply('greater', [targets.sampleWeights, builder.constant(0)], {});
  return builder.reduceSum(builder.multiply(builder.cast(right, 'float32'), builder.cast(counts, 'float32')), [0]);
}
