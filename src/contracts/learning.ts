/** @file What somebody may ask about how weights learn. What is left out comes from the preset. */
import type { LossKind, OptimizerKind, ScheduleKind } from './optimizer.ts';

export const CLASS_WEIGHTS = ['balanced'] as const;

export interface LearningRequest {
  readonly optimizer?: OptimizerKind;
  readonly learningRate?: number;
  /** Of `sgd` and `rmsprop`, 0 to below 1. */
  readonly momentum?: number;
  /** Nesterov's momentum, of `sgd`. */
  readonly nesterov?: boolean;
  /** Share of each weight, times the learning rate, that a step takes away; not of biases and normalisations. */
  readonly weightDecay?: number;
  /** At most one of the three: bounds each gradient, */
  readonly clipValue?: number;
  /** the norm of each parameter's gradient, */
  readonly clipNorm?: number;
  /** the norm of all gradients together. */
  readonly globalClipNorm?: number;
  /** How the learning rate goes over the run. Default `constant`. */
  readonly schedule?: ScheduleKind;
  /** Epochs over which the learning rate grows. Default 0. */
  readonly warmupEpochs?: number;
  readonly loss?: LossKind;
  /** Share of the truth that goes to all classes, 0 to below 1. */
  readonly labelSmoothing?: number;
  /** `balanced`: rare classes weigh more, so that all classes weigh the same together. */
  readonly classWeights?: (typeof CLASS_WEIGHTS)[number];
}
