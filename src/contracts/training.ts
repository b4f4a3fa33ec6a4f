/** @file What training takes and gives: options, run records with progress and history, the trained model. */
import type { DatasetManifest, DatasetSource } from './dataset.ts';
import type { ErrorBody } from './errors.ts';
import type { LearningRequest } from './learning.ts';
import type { NetworkSpec } from './network.ts';
import type { LossSpec, OptimizerSpec, ScheduleSpec } from './optimizer.ts';
import type { SignatureSpecs } from './signatures.ts';
import type { FineTuningRequest, InitialWeights, TrainingPhase } from './weights.ts';

export const FLIPS = ['horizontal', 'vertical', 'both'] as const;
export type Flip = (typeof FLIPS)[number];

export const FILL_MODES = ['constant', 'nearest', 'reflect'] as const;
export type FillMode = (typeof FILL_MODES)[number];

/** One number `f` means from `-f` to `f`. */
export type FactorRange = number | readonly [low: number, high: number];

/**
 * Random changes of training pictures, drawn anew for every picture and epoch; never applied in validation or test.
 * Factors have Keras' meaning; what is left out does not happen. In this order: flip, rotation, zoom, translation and crop
 * (one resampling, bilinear), contrast, brightness, erasing, mixup.
 */
export interface AugmentationSpec {
  /** Mirrors every second picture, on average; `both` draws for each direction. */
  readonly flip?: Flip;
  /** Angle as a fraction of a full turn. */
  readonly rotation?: FactorRange;
  /** -0.1 shows the middle 90 %, 0.1 the picture shrunk to 1 / 1.1; both sides alike. */
  readonly zoom?: FactorRange;
  /** Largest shift as a share of the height and of the width. */
  readonly translation?: number | readonly [height: number, width: number];
  /** Crops the picture's size out of the picture with this many pixels more on every side: a shift by whole pixels. */
  readonly crop?: number;
  /** `(pixel - mean of the channel) * (1 ± factor) + mean`. */
  readonly contrast?: number;
  /** Is added to all pixels, as a share of 255. */
  readonly brightness?: FactorRange;
  /** A rectangle of noise, with this probability; `area` is its share of the picture, default 0.02 to 0.33. */
  readonly erasing?: { readonly probability: number; readonly area?: readonly [min: number, max: number] };
  /** α: mixes each picture and its label with another one, the share drawn from Beta(α, α). */
  readonly mixup?: number;
  /** What comes in from outside of the picture. Default `reflect`, which repeats the border's pixel, as in Keras. */
  readonly fill?: FillMode;
  /** 0..255, for `constant`. Default 0. */
  readonly fillValue?: number;
}

/** What somebody asks for. Everything left out is chosen from the preset and the dataset, and recorded in the run. */
export interface TrainingRequest extends LearningRequest, FineTuningRequest {
  readonly dataset: DatasetSource;
  /** A separate test set; otherwise the dataset's own test split, if it has one. */
  readonly testDataset?: DatasetSource;
  /** Name that the model is published under. */
  readonly name: string;
  /** Preset name. Default: the network of `weights`, else by the dataset. */
  readonly model?: string;
  /** A network of one's own, instead of a preset. Its last layer has as many units as the dataset has classes. */
  readonly network?: NetworkSpec;
  /** What its author chose beside the network; left out where nothing was. */
  readonly networkFile?: NetworkFileInfo;
  readonly signatures?: SignatureSpecs;
  /** Names of the classes as they are served, in the dataset's order. Default: as in the dataset. */
  readonly labels?: readonly ClassLabel[];
  readonly epochs?: number;
  readonly batchSize?: number;
  /** `[height, width]` in pixels. Default: the preset's, or that of the dataset. */
  readonly imageSize?: readonly [number, number];
  readonly channels?: 1 | 3;
  /** Share of the training images kept for validation, 0..1. Default 0.2, at most 6,000 images. */
  readonly validationSplit?: number;
  readonly seed?: number;
  /** Stop after this many epochs without a better validation result. Default: never. */
  readonly patience?: number;
  /** Number of data-parallel replicas. Default: one a core; for longer trainings what a trial finds to be fastest. */
  readonly replicas?: number;
  /** Inside the operators of each replica. Default: 1, or what the trial finds. */
  readonly threads?: number;
  /** Writes event files for TensorBoard: `true` below the run's own folder, else below the named one. Default: none. */
  readonly tensorboard?: boolean | string;
  /** Id of a run that did not succeed: training goes on from its last checkpoint, by its recipe. */
  readonly resume?: string;
  /**
   * Random changes of the training pictures: `auto`, `none`, or parts such as `flip,rotation=0.05,crop=4`. Default: `auto`, which
   * chooses by the dataset when no `model` is named, and is none with a named one.
   */
  readonly augment?: string;
}

/** Which file a network was made by, so that it can be found again. */
export interface NetworkFileInfo {
  /** Without its folder. */
  readonly file: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
}

/** What a class of a dataset is called when it is served. */
export interface ClassLabel {
  readonly class: string;
  readonly label: string;
}

/** How a network is trained unless the request says otherwise. */
export type TrainingDefaults = Partial<
  Omit<
    TrainingRequest,
    | 'dataset'
    | 'testDataset'
    | 'name'
    | 'model'
    | 'network'
    | 'networkFile'
    | 'signatures'
    | 'labels'
    | 'imageSize'
    | 'channels'
    | 'resume'
    | 'tensorboard'
  >
>;

export const RUN_STATES = [
  'queued',
  'fetching',
  'preparing',
  'training',
  'evaluating',
  'publishing',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export function isTerminal(state: RunState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** Where a run is, pushed several times a second. Losses and accuracies are means over the epoch so far. */
export interface TrainingProgress {
  /** 1-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Until the end of training; null until it can be told. */
  readonly secondsLeft: number | null;
}

export interface EpochRecord {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Null when there is no validation split. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface ClassMetrics {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Number of images that truly are of this class. */
  readonly support: number;
}

/** How a model does on one split. */
export interface Evaluation {
  readonly split: 'train' | 'validation' | 'test';
  readonly count: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly perClass: readonly ClassMetrics[];
  /** `confusion[truth][predicted]` = number of images. */
  readonly confusion: readonly (readonly number[])[];
}

/** As the last `--json` line of `train` has it; null where there is no such split. */
export interface TrainingMetrics {
  /** Null, as all of them, for models that were made elsewhere. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly validation_loss: number | null;
  readonly validation_accuracy: number | null;
  readonly test_loss: number | null;
  readonly test_accuracy: number | null;
}

/** Everything that a run decided, so that it can be repeated bit for bit. */
export interface TrainingRecipe {
  /** Name of the preset, of the network's file, or of the network. */
  readonly model: string;
  readonly network: NetworkSpec;
  /** These three only where the network is one's own and its author chose them. */
  readonly networkFile?: NetworkFileInfo;
  readonly signatures?: SignatureSpecs;
  readonly labels?: readonly ClassLabel[];
  readonly parameters: number;
  readonly optimizer: OptimizerSpec;
  readonly loss: LossSpec;
  readonly schedule: ScheduleSpec;
  /** Of each class; null when all weigh 1. */
  readonly classWeights: readonly number[] | null;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly validationSplit: number;
  readonly patience: number | null;
  readonly replicas: number;
  /** Inside the operators of each replica. */
  readonly threads: number;
  /** Images of a batch that are computed at once, over all replicas, where memory is short; null for the whole batch. */
  readonly microBatch: number | null;
  /** What happens to training pictures; null for nothing. */
  readonly augmentation: AugmentationSpec | null;
  /** What it starts from; null for random weights. */
  readonly initialWeights: InitialWeights | null;
  /** Empty: one phase of all epochs, in which everything is trained. Else `epochs` is the sum of theirs. */
  readonly phases: readonly TrainingPhase[];
  /** Why it was chosen like this, a sentence for each choice that nobody asked for. */
  readonly because: readonly string[];
}

/**
 * Result of training. Weights are in the layout of the network's graph
 * (convolution kernels `[out, in, height, width]`, dense kernels `[in, out]` with inputs in channel-major order).
 */
export interface TrainedModel {
  readonly recipe: TrainingRecipe;
  readonly labels: readonly string[];
  readonly weights: ReadonlyMap<string, WeightTensor>;
  readonly metrics: TrainingMetrics;
  readonly history: readonly EpochRecord[];
  /** On the test split, else on the validation split, else on the training split. */
  readonly evaluation: Evaluation;
  readonly datasetHash: string;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Points that every run passes in this order; each is recorded with its time. Nitric's status texts are made of them. */
export const MILESTONES = [
  'submitted',
  'started',
  'loading',
  'loaded',
  'prepared',
  'built',
  'compiled',
  'trained',
  'saved',
  'finished',
] as const;
export type Milestone = (typeof MILESTONES)[number];

export interface RunAttempt {
  /** 1-based. */
  readonly number: number;
  /** Who trains: `host:pid`. */
  readonly worker: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `running` until known; `lost` when the lease ran out without a word; `interrupted` when the worker was shut down. */
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost' | 'interrupted';
}

export interface RunLogLine {
  readonly at: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
}

/** A run, kept in the key-value store under `runs/ID` and pushed to whoever watches it. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly request: TrainingRequest;
  readonly state: RunState;
  /** 0..1 over the whole way. */
  readonly progress: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
  readonly attempts: readonly RunAttempt[];
  readonly milestones: readonly { readonly name: Milestone; readonly at: string }[];
  readonly log: readonly RunLogLine[];
  readonly training: TrainingProgress | null;
  readonly history: readonly EpochRecord[];
  readonly recipe: TrainingRecipe | null;
  readonly dataset: DatasetManifest | null;
  readonly metrics: TrainingMetrics | null;
  readonly evaluation: Evaluation | null;
  /** What was published. */
  readonly model: { readonly name: string; readonly version: number } | null;
  readonly imagesPerSecond: number | null;
  readonly seconds: number | null;
  /** Most memory that the training process has had. */
  readonly peakMemoryBytes: number | null;
  readonly cancelRequested: boolean;
  readonly error: ErrorBody['error'] | null;
}
