/** @file What the registry keeps and serving gives: versions, signatures, predictions. */
import type { ImageShape } from './dataset.ts';
import type { NetworkSpec } from './network.ts';
import type { SignatureSpecs } from './signatures.ts';
import type { EpochRecord, Evaluation, TrainingMetrics, TrainingRecipe } from './training.ts';

/** `pictor.json`: the manifest in a version's folder. */
export interface ModelManifest {
  readonly format: 'pictor-model';
  readonly formatVersion: 1;
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly labels: readonly string[];
  /** What a picture becomes before the graph: decoded, this many channels, stretched to this size, 0..255. */
  readonly input: ImageShape;
  readonly parameters: number;
  readonly network: NetworkSpec;
  readonly recipe: TrainingRecipe;
  /** What is served, where the network's author chose it. Default: `DEFAULT_SIGNATURES`. */
  readonly signatures?: SignatureSpecs;
  readonly metrics: TrainingMetrics;
  readonly evaluation: Evaluation;
  readonly history: readonly EpochRecord[];
  readonly datasetHash: string;
  /** The run that trained it. */
  readonly run: string | null;
  /** Every other file of the version: bytes and sha256 (hex). */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** A published version as lists show it. */
export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly labels: readonly string[];
  readonly input: ImageShape;
  readonly parameters: number;
  readonly preset: string;
  readonly metrics: TrainingMetrics;
  readonly bytes: number;
  readonly run: string | null;
}

export interface ModelSummary {
  readonly name: string;
  /** Highest first. */
  readonly versions: readonly ModelVersion[];
  /** Version folders that cannot be used, with the reason; left out when there are none. */
  readonly broken?: readonly BrokenVersion[];
}

export interface BrokenVersion {
  readonly version: number;
  readonly error: import('./errors.ts').ErrorBody['error'];
}

export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

/** The answer for one picture, most probable label first. */
export interface Prediction {
  readonly image: string;
  readonly predictions: readonly LabelProbability[];
}
