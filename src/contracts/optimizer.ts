/** @file How weights learn: optimizers, losses and learning rate schedules as plain JSON, with Keras' names and defaults. */

/** How gradients are bounded before the optimizer sees them: Keras' `clipvalue`, `clipnorm` (of each parameter), `global_clipnorm`. */
export interface ClipSpec {
  readonly kind: 'value' | 'norm' | 'globalNorm';
  /** Above 0. */
  readonly limit: number;
}

export const CLIPS = ['value', 'norm', 'globalNorm'] as const satisfies readonly ClipSpec['kind'][];

interface OptimizerBase {
  /** Above 0. A schedule starts from it. */
  readonly learningRate: number;
  /** Decoupled: every step also takes `learningRate * weightDecay` of each weight away. Default 0, AdamW's 0.004. */
  readonly weightDecay?: number;
  /** Last parts of the names of parameters that do not decay, such as `bias`. Default: all decay. */
  readonly excludeFromDecay?: readonly string[];
  readonly clip?: ClipSpec;
}

interface AdamOptions extends OptimizerBase {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Divides by the largest second moment so far. Default false. */
  readonly amsgrad?: boolean;
}

/** The options of every optimizer. */
interface OptimizerOptions {
  adam: AdamOptions;
  adamw: AdamOptions;
  sgd: OptimizerBase & {
    /** Default 0. */
    readonly momentum?: number;
    readonly nesterov?: boolean;
  };
  rmsprop: OptimizerBase & {
    /** Default 0.9. */
    readonly rho?: number;
    /** Default 0. */
    readonly momentum?: number;
    /** Default 1e-7. */
    readonly epsilon?: number;
    /** Divides by the deviation from the mean gradient. Default false. */
    readonly centered?: boolean;
  };
  adagrad: OptimizerBase & {
    /** Default 0.1. */
    readonly initialAccumulator?: number;
    /** Default 1e-7. */
    readonly epsilon?: number;
  };
  adadelta: OptimizerBase & {
    /** Default 0.95. */
    readonly rho?: number;
    /** Default 1e-7. */
    readonly epsilon?: number;
  };
}

export type OptimizerKind = keyof OptimizerOptions;
export type OptimizerSpec = { [K in OptimizerKind]: { readonly kind: K } & OptimizerOptions[K] }[OptimizerKind];
export const OPTIMIZERS = [
  'adam',
  'adamw',
  'sgd',
  'rmsprop',
  'adagrad',
  'adadelta',
] as const satisfies readonly OptimizerKind[];

/** What is minimised, as a mean over the batch. `labelSmoothing` (0..1, default 0) moves that share of the truth to all classes. */
export type LossSpec =
  | { readonly kind: 'crossEntropy'; readonly labelSmoothing?: number }
  /** Of every class by itself, against one-hot labels, as a mean over the classes. Smoothing moves towards 0.5. */
  | { readonly kind: 'binaryCrossEntropy'; readonly labelSmoothing?: number }
  /** Cross-entropy times `alpha (1 - p)^gamma`: samples that are right already weigh less. Defaults 0.25 and 2. */
  | { readonly kind: 'focal'; readonly gamma?: number; readonly alpha?: number; readonly labelSmoothing?: number }
  /** Of the probabilities, against one-hot labels, as a mean over the classes. */
  | { readonly kind: 'meanSquaredError' };
export type LossKind = LossSpec['kind'];
export const LOSSES = [
  'crossEntropy',
  'binaryCrossEntropy',
  'focal',
  'meanSquaredError',
] as const satisfies readonly LossKind[];

/** The rate grows evenly, step by step, over so many epochs. Default 0. */
interface Warmup {
  readonly warmupEpochs?: number;
}

/** How the learning rate goes over a run. Rates are absolute, times are in epochs. */
export type ScheduleSpec =
  | ({ readonly kind: 'constant' } & Warmup)
  /** Times `factor` after every so many epochs. */
  | ({ readonly kind: 'step'; readonly every: number; readonly factor: number } & Warmup)
  /** Times `rate` over every so many epochs (default 1), a little with each step. */
  | ({ readonly kind: 'exponential'; readonly rate: number; readonly every?: number } & Warmup)
  /** Half a cosine from the rate down to `minimum` (default 0) at the end of the run. */
  | ({ readonly kind: 'cosine'; readonly minimum?: number } & Warmup)
  /**
   * From the rate / `startFactor` (default 25) up to the rate, which is reached after the share `peakAt` (default 0.3) of
   * the run, and down to the first rate / `endFactor` (default 10,000), on cosines.
   */
  | {
      readonly kind: 'oneCycle';
      readonly peakAt?: number;
      readonly startFactor?: number;
      readonly endFactor?: number;
    }
  /**
   * Times `factor` when the validation loss has not fallen by more than `minDelta` (default 0.0001) for `patience` epochs;
   * then `cooldown` epochs (default 0) do not count. Never below `minimum`.
   */
  | ({
      readonly kind: 'plateau';
      readonly patience: number;
      readonly factor: number;
      readonly minimum: number;
      readonly minDelta?: number;
      readonly cooldown?: number;
    } & Warmup);
export type ScheduleKind = ScheduleSpec['kind'];
export const SCHEDULES = [
  'constant',
  'step',
  'exponential',
  'cosine',
  'oneCycle',
  'plateau',
] as const satisfies readonly ScheduleKind[];
