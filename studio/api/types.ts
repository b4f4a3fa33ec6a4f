/** @file What the HTTP API returns beyond the shared contracts. */
import type {
  DatasetRecord,
  LabelProbability,
  ModelSummary,
  Prediction,
  RunRecord,
  TrainingRequest,
} from '../../src/contracts/index.ts';

export type {
  BrokenVersion,
  ClassMetrics,
  DatasetFinding,
  DatasetManifest,
  DatasetRecord,
  EpochRecord,
  Evaluation,
  ImageShape,
  InspectedSignature,
  LabelProbability,
  ModelInspection,
  ModelManifest,
  ModelSummary,
  ModelVersion,
  OptimizerKind,
  RunAttempt,
  RunLogLine,
  RunRecord,
  RunState,
  Split,
  TrainingMetrics,
  TrainingProgress,
  TrainingRecipe,
} from '../../src/contracts/index.ts';

export interface PresetInfo {
  readonly name: string;
  readonly description: string;
  /** `[height, width]`; null when the preset takes any. */
  readonly imageSize: readonly [number, number] | null;
  readonly channels: 1 | 3 | null;
  /** Number of parameters, for a typical number of classes. */
  readonly parameters: number | null;
  /** What it is usually trained with. */
  readonly epochs?: number;
  readonly batchSize?: number;
}

/** What `POST /runs` takes. */
export interface RunRequest extends Omit<TrainingRequest, 'dataset' | 'testDataset'> {
  /** A URL, `sample:digits`, or the id of a checked dataset. */
  readonly dataset: string;
  readonly testDataset?: string;
}

export interface PredictionResponse {
  readonly model: string;
  readonly version: number;
  /** When one picture was sent. */
  readonly predictions?: readonly LabelProbability[];
  readonly results: readonly Prediction[];
  /** The picture that the model saw, as the data URL of a PNG. */
  readonly seen?: string;
}

/** What is told of a model that is imported. */
export interface ImportFacts {
  readonly labels?: string[];
  readonly inputRange?: string;
  readonly answers?: string;
}

export interface ImportAnswer {
  readonly model: string;
  readonly version: number;
  readonly warnings: readonly string[];
}

export interface DatasetList {
  readonly datasets: readonly DatasetRecord[];
}

export interface RunList {
  readonly runs: readonly RunRecord[];
}

export interface ModelList {
  readonly models: readonly ModelSummary[];
}

export interface PresetList {
  readonly presets: readonly PresetInfo[];
}
