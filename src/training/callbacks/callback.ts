/** @file What a callback is: Keras' hook points, and what it may do to the training it looks at. */
import type { EpochRecord, TrainedModel, TrainingRecipe } from '../../contracts/index.ts';
import type { Weights } from '../replica-layout.ts';

/** Figures that hooks get. Of an epoch's steps: means over the epoch so far. */
export interface TrainingLogs {
  readonly loss: number;
  readonly accuracy: number;
  /** Null without a validation split, and before it was measured. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
}

export type Metric = 'loss' | 'accuracy' | 'validationLoss' | 'validationAccuracy';

/** The training, as a callback sees it and may change it. */
export interface Training {
  readonly recipe: TrainingRecipe;
  readonly classes: readonly string[];
  /** Steps in an epoch. */
  readonly steps: number;
  /** Being trained, 1-based. */
  readonly epoch: number;
  /** Optimizer steps made so far, over all epochs. */
  readonly updates: number;
  /** Finished epochs. */
  readonly history: readonly EpochRecord[];
  /** That of the next step. Setting it takes the place of the recipe's schedule, from then on. */
  learningRate: number;
  /** Ends the training after the running step; its epoch is then measured as if it were complete. */
  stop(): void;
  /**
   * Training ends with today's weights, unless it is called again. The first call takes the place of the rule that keeps
   * those of the best validation accuracy.
   */
  keepWeights(): Promise<void>;
  /** Copies of today's weights, state such as moving averages included. */
  weights(): Promise<Weights>;
  /** Copies of the last step's gradients; zeros before the first. */
  gradients(): Promise<Weights>;
  /** A complete model of today's weights, evaluated on the validation split, else on the training split. */
  model(): Promise<TrainedModel>;
}

/**
 * Something that goes along with a training. Hooks are Keras'; each is waited for, and one that throws fails the training
 * with `callback_failed`. Epochs, steps and batches count from 1. Batch hooks that are not there cost nothing; those that
 * are make the replicas come back at each batch, or at every `batchEvery`-th.
 */
export interface Callback {
  /** For error messages, and for the callback's state in checkpoints: different for each callback of a training. */
  readonly name: string;
  /** The batch hooks of training are called for every so many batches of an epoch, and for its last. Default 1. */
  readonly batchEvery?: number;
  /** Also when a training is resumed. */
  onTrainBegin?(training: Training): Promise<void> | void;
  /** Not when it fails. */
  onTrainEnd?(training: Training): Promise<void> | void;
  /** Not when a training is resumed in the middle of the epoch. */
  onEpochBegin?(epoch: number, training: Training): Promise<void> | void;
  onEpochEnd?(epoch: number, logs: TrainingLogs, training: Training): Promise<void> | void;
  onTrainBatchBegin?(batch: number, training: Training): Promise<void> | void;
  onTrainBatchEnd?(batch: number, logs: TrainingLogs, training: Training): Promise<void> | void;
  /** Before and after the validation split is measured. */
  onTestBegin?(training: Training): Promise<void> | void;
  onTestEnd?(logs: TestLogs, training: Training): Promise<void> | void;
  onTestBatchBegin?(batch: number, training: Training): Promise<void> | void;
  onTestBatchEnd?(batch: number, logs: TestLogs, training: Training): Promise<void> | void;
  /** What has to be known to go on after a resume, as plain JSON; kept in checkpoints. */
  state?(): unknown;
  /** Called before `onTrainBegin` of a training that is resumed, with what `state` gave. */
  restore?(state: unknown): void;
}

/** Means over what has been measured so far. */
export interface TestLogs {
  readonly loss: number;
  readonly accuracy: number;
}
