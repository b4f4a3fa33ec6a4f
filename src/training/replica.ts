/** @file What the fit loop and its replicas (worker threads) agree on: shared memory, calls, answers. */
import type { OptimizerSpec, Split } from '../contracts/index.ts';

/** Number of elements that the optimizer updates at once: small enough for its operands to stay in the cache. */
export const UPDATE_TILE = 1 << 17;

/** Where a parameter lies in the flat vector of all parameters. */
export interface ParameterSlice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Memory that all replicas see. */
export interface SharedState {
  readonly barrier: SharedArrayBuffer;
  /** Int32: see `Flag`. */
  readonly flags: SharedArrayBuffer;
  /** Float64 `[replicas, 2]`: loss (already weighted by 1 / batch size) and correct answers of the step. */
  readonly stepResults: SharedArrayBuffer;
  /** Float32 `[replicas, total]`: gradients, each replica writes its own row. */
  readonly gradients: SharedArrayBuffer;
  /** Float32 `[total]`: each replica writes the part that it updates. */
  readonly parameters: SharedArrayBuffer;
  /** Int32 `[train images]`: the epoch's order. */
  readonly order: SharedArrayBuffer;
}

export const FLAG = { stopRequested: 0, stop: 1 } as const;

/** Why an epoch ended before its last step. */
export const STOP = { none: 0, requested: 1, diverged: 2 } as const;

export interface ReplicaSetup {
  readonly index: number;
  readonly replicas: number;
  readonly shared: SharedState;
  readonly gradientModel: Uint8Array;
  readonly evaluationModel: Uint8Array;
  readonly updateModel: Uint8Array;
  readonly parameters: readonly ParameterSlice[];
  readonly total: number;
  readonly masks: readonly { readonly name: string; readonly shape: readonly number[]; readonly rate: number }[];
  readonly slots: readonly { readonly name: string; readonly initial: number }[];
  readonly optimizer: OptimizerSpec;
  readonly datasetDirectory: string;
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Of all replicas together. */
  readonly batchSize: number;
  readonly seed: number;
}

export type ReplicaCall =
  | { readonly kind: 'open' }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly firstStep: number }
  | { readonly kind: 'evaluate'; readonly split: Split; readonly start: number; readonly end: number }
  | { readonly kind: 'keepBest' }
  | { readonly kind: 'restore'; readonly parameters: Float32Array }
  | { readonly kind: 'bestWeights' };

export interface EpochResult {
  readonly steps: number;
  readonly stopped: (typeof STOP)[keyof typeof STOP];
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
}

/** Said by the first replica several times a second. Sums are over the epoch so far. */
export interface StepEvent {
  readonly step: number;
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
}

export interface SplitResult {
  /** Sum of the cross-entropies. */
  readonly lossSum: number;
  /** The predicted class of each image. */
  readonly predicted: Int32Array;
}

/** First element and end of the part of the flat vector that a replica updates. */
export function shardOf(index: number, replicas: number, total: number): readonly [start: number, end: number] {
  const size = Math.ceil(total / replicas / 16) * 16;
  return [Math.min(total, index * size), Math.min(total, (index + 1) * size)];
}

/** The part of a batch of `count` images that a replica computes. */
export function portionOf(index: number, replicas: number, count: number): readonly [start: number, end: number] {
  const size = Math.ceil(count / replicas);
  return [Math.min(count, index * size), Math.min(count, (index + 1) * size)];
}
