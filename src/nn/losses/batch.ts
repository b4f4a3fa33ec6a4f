/** @file The loss of a batch, and how many of its samples are right. */
import type { LossSpec, OutputActivation } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import { lossRule } from './index.ts';
import type { Targets } from './rule.ts';

export interface BatchTargets {
  /** int64 `[batch]`. */
  readonly labels: Value;
  /** float32 `[batch]`; 0 for samples that only fill the batch up. */
  readonly sampleWeights: Value;
  /** Samples that are mixed of two: what the second is, int64 `[batch]`, and the share of the first, float32 `[batch]`. */
  readonly mixed?: { readonly labels: Value; readonly share: Value };
}

/**
 * Sum of weight times loss over the batch, from logits `[batch, classes]`. The truth about a mixed sample is its share of
 * the one class and the rest of the other: for all losses that is linear in the truth (all but the mean squared error, whose
 * gradient is the same) the share of the one loss and the rest of the other.
 */
export function weightedLoss(
  builder: GraphBuilder,
  logits: Value,
  targets: BatchTargets,
  { loss, outputActivation }: { readonly loss: LossSpec; readonly outputActivation: OutputActivation },
): Value {
  const classes = fixed(logits.shape, 1);
  const call = { builder, loss, logits, classes, targets: truthOf(builder, classes, targets), outputActivation };
  const losses = lossRule(loss, outputActivation).perSample(call);
  return builder.reduceSum(builder.multiply(losses, targets.sampleWeights), [0]);
}

function truthOf(builder: GraphBuilder, classes: number, { labels, mixed }: BatchTargets): Targets {
  const oneHot = (classOf: Value): Value => builder.apply('oneHot', [classOf], { depth: classes });
  if (!mixed) return { labels, shares: () => oneHot(labels) };
  return {
    labels: null,
    shares: () => {
      const share = builder.reshape(mixed.share, [mixed.share.shape[0], 1]);
      const rest = builder.subtract(builder.constant(1), share);
      return builder.add(builder.multiply(oneHot(labels), share), builder.multiply(oneHot(mixed.labels), rest));
    },
  };
}

/** Number of samples of weight above 0 whose largest logit is that of their label; of a mixed one, of the larger part. */
export function correctCount(builder: GraphBuilder, logits: Value, targets: BatchTargets): Value {
  const best = builder.apply('argMax', [logits], {});
  const isLabel = (labels: Value): Value => builder.cast(builder.apply('equal', [best, labels], {}), 'float32');
  const counts = builder.cast(builder.apply('greater', [targets.sampleWeights, builder.constant(0)], {}), 'float32');
  const { labels, mixed } = targets;
  if (!mixed) return builder.reduceSum(builder.multiply(isLabel(labels), counts), [0]);
  const second = builder.cast(builder.apply('greater', [builder.constant(0.5), mixed.share], {}), 'float32');
  const first = builder.subtract(builder.constant(1), second);
  const right = builder.add(builder.multiply(isLabel(labels), first), builder.multiply(isLabel(mixed.labels), second));
  return builder.reduceSum(builder.multiply(right, counts), [0]);
}
