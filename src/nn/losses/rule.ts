/** @file What a loss is: of each sample of a batch as operations, and of one sample in float64. */
import type { LossKind, LossSpec, OutputActivation } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

export type LossOf<K extends LossKind> = Extract<LossSpec, { kind: K }>;

/** The truth about a batch. */
export interface Targets {
  /** int64 `[batch]`; null when a sample has more than one class. */
  readonly labels: Value | null;
  /** float32 `[batch, classes]`: shares of the classes, which sum to 1. */
  shares(): Value;
}

export interface LossCall<K extends LossKind> {
  readonly builder: GraphBuilder;
  readonly loss: LossOf<K>;
  /** `[batch, classes]` */
  readonly logits: Value;
  readonly classes: number;
  readonly targets: Targets;
  readonly outputActivation: OutputActivation;
}

export interface SampleCall<K extends LossKind> {
  readonly loss: LossOf<K>;
  /** Of the classes of one sample. */
  readonly logits: ArrayLike<number>;
  readonly label: number;
  readonly outputActivation: OutputActivation;
}

export interface LossRule<K extends LossKind> {
  /** Ends of a network that the loss is defined for, the usual one first. */
  readonly ends: readonly OutputActivation[];
  /** `[batch]` */
  perSample(call: LossCall<K>): Value;
  ofSample(call: SampleCall<K>): number;
}

/** `truth (1 - smoothing) + smoothing · towards` */
export function smoothed(builder: GraphBuilder, truth: Value, smoothing: number, towards: number): Value {
  if (smoothing === 0) return truth;
  return builder.add(builder.scale(truth, 1 - smoothing), builder.constant(smoothing * towards));
}

/** Share of each class in the truth about one sample, smoothed. */
export function sharesOf(classes: number, label: number, smoothing: number, towards: number): Float64Array {
  return Float64Array.from(
    { length: classes },
    (_, index) => (index === label ? 1 - smoothing : 0) + smoothing * towards,
  );
}

/** log softmax, without overflow. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - largest);
  const log = Math.log(total) + largest;
  return Float64Array.from({ length: logits.length }, (_, i) => logits[i] - log);
}
