/** @file What the registry keeps and serving gives: versions, signatures, predictions. */
import type { ImageShape } from './dataset.ts';
import type { NetworkSpec } from './network.ts';
import type { SignatureSpecs } from './signatures.ts';
import type { TensorInfo } from './tensors.ts';
import type { EpochRecord, Evaluation, TrainingMetrics, TrainingRecipe } from './training.ts';

/** Formats of model files that can be read. */
export const MODEL_FORMATS = ['pictor', 'keras', 'keras-h5', 'savedmodel', 'onnx', 'tfjs', 'tfaas'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What the numbers of a picture mean to a model. */
export const INPUT_RANGES = ['0..255', '0..1', '-1..1'] as const;
export type InputRange = (typeof INPUT_RANGES)[number];

/** Order of the axes of a model's own input: `[n, height, width, channels]` or `[n, channels, height, width]`. */
export const INPUT_LAYOUTS = ['channelsLast', 'channelsFirst'] as const;
export type InputLayout = (typeof INPUT_LAYOUTS)[number];

/** Where a version came from that was not trained here. */
export interface ModelOrigin {
  readonly format: ModelFormat;
  /** Tool and version, as the file tells: `keras 2.10.0`. */
  readonly producer: string | null;
  /** Name of the file or folder, without its place. */
  readonly file: string;
}

/** A tensor of a graph that was made elsewhere. */
export interface GraphTensor extends TensorInfo {
  /** Its name in the original file, as metadata shows it: `x:0`. */
  readonly tensor: string;
  /** Input or output of the ONNX graph that holds it. */
  readonly node: string;
}

/** How one feature of serialised `tf.Example`s becomes an input of the graph: `[n, ...shape]`. */
export interface ExampleFeature {
  readonly key: string;
  readonly dtype: 'DT_FLOAT' | 'DT_INT64' | 'DT_STRING';
  readonly shape: readonly number[];
  /** For examples without the feature; null where every example must have it. */
  readonly default: readonly (number | string)[] | null;
}

/** Input of the graphs that prepare pictures: uint8 `[height, width, channels]`, one decoded file at its own size. */
export const PICTURE_NODE = 'picture';

/** How the bytes of picture files become inputs of a graph: decoded, then prepared one by one as the model itself does. */
export interface PictureFiles {
  /** Graph that prepares a decoded picture: from `PICTURE_NODE` to `nodes`. File in the version's folder. */
  readonly graph: string;
  readonly channels: 1 | 3;
  /** The files come in web-safe base64. */
  readonly base64?: boolean;
  /** Outputs of that graph, `[1, ...]`, which are inputs of the signature's, `[n, ...]`. */
  readonly nodes: Readonly<Record<string, TensorInfo>>;
}

/** A signature of a model that was made elsewhere: its own names, types and shapes, and the graph that computes it. */
export interface GraphSignature {
  /** `tensorflow/serving/predict`, `…/classify` or `…/regress`. */
  readonly method: string;
  /** File in the version's folder. */
  readonly graph: string;
  readonly inputs: Readonly<Record<string, GraphTensor>>;
  readonly outputs: Readonly<Record<string, GraphTensor>>;
  /** Of inputs that take serialised `tf.Example`s: the server parses them into these inputs of the graph, by their names. */
  readonly examples?: Readonly<Record<string, Readonly<Record<string, ExampleFeature>>>>;
  /** Of inputs, or features of `tf.Example`s, that are the bytes of picture files: how the server makes inputs of the graph of them. */
  readonly pictures?: Readonly<Record<string, PictureFiles>>;
}

/** A signature of a graph that pictures go through: one input, and the output with a number for each label. */
export interface PictureSignature {
  readonly name: string;
  /** As `graphSignatures` calls them. */
  readonly input: string;
  readonly output: string;
}

/** Which version answers whom: beside the versions of a model, changed by promotion. */
export interface ModelRouting {
  /** Version by label, as requests may name it: `{"stable": 3}`. */
  readonly labels: Readonly<Record<string, number>>;
  /**
   * Shares of the requests that name no version, by version, above 0 and 1 together: `{"3": 0.9, "4": 0.1}`. Null: the
   * newest version answers them all.
   */
  readonly split: Readonly<Record<string, number>> | null;
}

/** `pictor.json`: the manifest in a version's folder. */
export interface ModelManifest {
  readonly format: 'pictor-model';
  readonly formatVersion: 1;
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  /** Empty when nobody told them. */
  readonly labels: readonly string[];
  /** What a picture becomes before the graph: decoded, this many channels, stretched to this size. Null: it takes no pictures. */
  readonly input: ImageShape | null;
  /** What the numbers of the model's own input mean; a picture that is sent becomes them. Default `0..255`. */
  readonly inputRange?: InputRange;
  /**
   * Order of the axes of that input. Default `channelsLast`. A picture also becomes `[n, height, width]` or a flat row
   * `[n, height * width * channels]` where the signature's shape says so.
   */
  readonly inputLayout?: InputLayout;
  /** Which of `graphSignatures` answers pictures; left out when none does. */
  readonly pictureSignature?: PictureSignature;
  readonly parameters: number;
  /** Null for a graph that was imported and is not made of Pictor's layers. */
  readonly network: NetworkSpec | null;
  /** What is served, where it is not `DEFAULT_SIGNATURES`. */
  readonly signatures?: SignatureSpecs;
  /** What is served when there is no network; `serving_default` is among them where the file had it. */
  readonly graphSignatures?: Readonly<Record<string, GraphSignature>>;
  /** What the signature that answers pictures gives. Default `probabilities`. */
  readonly answers?: 'probabilities' | 'logits';
  /** Left out for models that were trained here. */
  readonly origin?: ModelOrigin;
  /** How it was trained; null for models that were made elsewhere. */
  readonly recipe: TrainingRecipe | null;
  readonly metrics: TrainingMetrics;
  readonly evaluation: Evaluation | null;
  readonly history: readonly EpochRecord[];
  readonly datasetHash: string | null;
  /** The run that trained it. */
  readonly run: string | null;
  /** Why there is no SavedModel among the files; left out when there is one. */
  readonly missingSavedModel?: string;
  /** Every other file of the version: bytes and sha256 (hex). Names may have folders: `variables/variables.index`. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** A published version as lists show it. */
export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly labels: readonly string[];
  readonly input: ImageShape | null;
  readonly parameters: number;
  /** Preset or network's name; for models that were made elsewhere the format. */
  readonly preset: string;
  readonly metrics: TrainingMetrics;
  /** Of all files of the version, which are what a copy of the model takes; `pictor.json`, which tells of them, aside. */
  readonly bytes: number;
  readonly run: string | null;
  /** Left out for models that were trained here. */
  readonly origin?: ModelOrigin;
}

export interface ModelSummary {
  readonly name: string;
  /** Highest first. */
  readonly versions: readonly ModelVersion[];
  /** Version folders that cannot be used, with the reason; left out when there are none. */
  readonly broken?: readonly BrokenVersion[];
  /** Left out while nothing was promoted. */
  readonly routing?: ModelRouting;
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
