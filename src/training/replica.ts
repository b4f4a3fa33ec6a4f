/** @file What the fit loop and its replicas (worker threads) agree on: shared memory, calls, answers. */
import type {
  AugmentationSpec,
  LossSpec,
  NetworkSpec,
  OptimizerSpec,
  ScheduleSpec,
  Split,
} from '../contracts/index.ts';
import { learningRateAt, type UpdateScalar } from '../nn/index.ts';

/** Where a parameter lies in the flat vector of all parameters. */
export interface ParameterSlice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** The flat vector of all parameters: those that the optimizer updates, then frozen ones, then state. */
export interface ParameterLayout {
  readonly slices: readonly ParameterSlice[];
  /** Length of the vector. */
  readonly total: number;
  /** Gradients and slots cover elements 0 … `trainable` - 1. */
  readonly trainable: number;
  /** First element that a step replaces by its own output, such as a moving average; there are none at `total`. */
  readonly state: number;
}

/** Memory that all replicas see. */
export interface SharedState {
  readonly barrier: SharedArrayBuffer;
  /** Int32: see `Flag`. */
  readonly flags: SharedArrayBuffer;
  /** Float64 `[replicas, 2]`: loss (already weighted by 1 / batch size) and correct answers of the step. */
  readonly stepResults: SharedArrayBuffer;
  /** Float32 `[replicas, trainable]`: gradients, each replica writes its own row. */
  readonly gradients: SharedArrayBuffer;
  /** Float64 `[replicas, slices]`: each replica's part of the squared norms that clip gradients. */
  readonly norms: SharedArrayBuffer;
  /** Float64 `[replicas, total - state]`: each replica's new state times its number of images. */
  readonly states: SharedArrayBuffer;
  /** Float32 `[total]`: each replica writes the part that it updates. */
  readonly parameters: SharedArrayBuffer;
  /** Int32 `[train images]`: the epoch's order. */
  readonly order: SharedArrayBuffer;
}

export const FLAG = { stopRequested: 0, pauseRequested: 1, stop: 2 } as const;

/** Why replicas stopped before the last step that they were given. Only a paused one has made its update. */
export const STOP = { none: 0, requested: 1, diverged: 2, paused: 3 } as const;

export interface ReplicaSetup {
  readonly index: number;
  readonly replicas: number;
  readonly shared: SharedState;
  readonly network: NetworkSpec;
  readonly evaluationModel: Uint8Array;
  readonly updateModel: Uint8Array;
  readonly layout: ParameterLayout;
  readonly slots: readonly { readonly name: string; readonly initial: number }[];
  /** What the update takes besides vectors. */
  readonly scalars: readonly UpdateScalar[];
  readonly optimizer: OptimizerSpec;
  readonly loss: LossSpec;
  /** Of each class; null when all weigh 1. */
  readonly classWeights: readonly number[] | null;
  readonly datasetDirectory: string;
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Of all replicas together. */
  readonly batchSize: number;
  /** Most images that a replica computes at once; gradients of a larger portion are added up. */
  readonly pieceSize: number;
  /** Inside operators. */
  readonly threads: number;
  readonly seed: number;
  readonly augmentation: AugmentationSpec | null;
}

/** Sums over an epoch's steps so far. */
export interface EpochSums {
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
  /** Of the very first step of the training, over all epochs; null before it. */
  readonly firstLoss: number | null;
  /** Of the last step; null before the epoch's first. */
  readonly lastLoss: number | null;
}

/** Before the first step. */
export const NO_SUMS: EpochSums = { lossSum: 0, correct: 0, seen: 0, firstLoss: null, lastLoss: null };

/** Learning rates of steps. */
export interface LearningRates {
  readonly schedule: ScheduleSpec;
  readonly base: number;
  readonly stepsPerEpoch: number;
  /** Since the optimizer began, as they were planned. */
  readonly epochs: number;
}

/** @param step 0-based, since the optimizer began */
export function rateOfStep({ schedule, base, stepsPerEpoch, epochs }: LearningRates, step: number): number {
  return learningRateAt(schedule, base, { step, stepsPerEpoch, epochs });
}

export interface TrainCall {
  readonly kind: 'train';
  /** 1-based. */
  readonly epoch: number;
  /** First step, counted from 0 in each epoch, and the step before which to end. */
  readonly from: number;
  readonly to: number;
  /** Optimizer steps made before this epoch, since the optimizer began. */
  readonly updates: number;
  readonly rates: LearningRates;
  readonly sums: EpochSums;
}

export type ReplicaCall =
  | { readonly kind: 'open' }
  | TrainCall
  | { readonly kind: 'evaluate'; readonly split: Split; readonly start: number; readonly end: number }
  | { readonly kind: 'parameters' }
  | { readonly kind: 'gradients' }
  | { readonly kind: 'slots' }
  /** `slots` hold this replica's shard; left out, they stay as they are. */
  | { readonly kind: 'restore'; readonly parameters: Float32Array; readonly slots?: readonly Float32Array[] };

export interface TrainAnswer {
  /** Steps of the epoch that are done. */
  readonly step: number;
  readonly stopped: (typeof STOP)[keyof typeof STOP];
  /** Those of a step that diverged are left out. */
  readonly sums: EpochSums;
}

/** Said by the first replica several times a second. */
export interface StepEvent extends EpochSums {
  readonly step: number;
}

export interface SplitResult {
  /** Sum of the losses. */
  readonly lossSum: number;
  /** The predicted class of each image. */
  readonly predicted: Int32Array;
}

/** First element and end of the part of the flat vector that a replica updates. */
export function shardOf(index: number, replicas: number, trainable: number): readonly [start: number, end: number] {
  const size = Math.ceil(trainable / replicas / 16) * 16;
  return [Math.min(trainable, index * size), Math.min(trainable, (index + 1) * size)];
}

/** The part of a batch of `count` images that a replica computes: none when there are more replicas than images. */
export function portionOf(index: number, replicas: number, count: number): readonly [start: number, end: number] {
  return [Math.floor((index * count) / replicas), Math.floor(((index + 1) * count) / replicas)];
}
