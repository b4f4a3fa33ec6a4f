/** @file What a model file or a published version is made of, as `inspect` tells it. */
import type { ImageShape } from './dataset.ts';
import type { InputLayout, InputRange, ModelFormat, ModelManifest } from './model.ts';
import type { TensorInfo } from './tensors.ts';

/** One layer or operator. */
export interface LayerRow {
  readonly name: string;
  /** Kind of the layer or operator in the file's own words: `Conv2D`, `MatMul`. */
  readonly type: string;
  /** With the batch first; -1 is any size, null any shape. */
  readonly outputShape: readonly number[] | null;
  /** How many numbers its weights are. */
  readonly parameters: number;
  /** Multiplications and additions for one sample; null when its shapes do not tell. */
  readonly flops: number | null;
}

/** A tensor of a signature, with the name that it has in the original file. */
export interface InspectedTensor extends TensorInfo {
  readonly tensor: string;
}

export interface InspectedSignature {
  /** `tensorflow/serving/predict`, `…/classify` or `…/regress`. */
  readonly method: string;
  readonly inputs: Readonly<Record<string, InspectedTensor>>;
  readonly outputs: Readonly<Record<string, InspectedTensor>>;
}

export interface ModelInspection {
  /** The file's or folder's name, or `NAME:VERSION`. */
  readonly subject: string;
  readonly format: ModelFormat;
  /** Tool and version, as the file tells. */
  readonly producer: string | null;
  /** Null when the file tells none. */
  readonly labels: readonly string[] | null;
  readonly input: ImageShape | null;
  readonly inputLayout: InputLayout | null;
  readonly inputRange: InputRange | null;
  readonly answers: ModelManifest['answers'] | null;
  /** Whether it is made of Pictor's layers, so that it can be trained further. */
  readonly trainable: boolean;
  readonly parameters: number;
  /** Multiplications and additions for one sample, as far as they are known. */
  readonly flops: number;
  /** Of the file or folder; of a published version as `ModelVersion` counts them. */
  readonly bytes: number;
  readonly signatures: Readonly<Record<string, InspectedSignature>>;
  readonly layers: readonly LayerRow[];
  readonly warnings: readonly string[];
  /** Of a SavedModel: what TensorFlow's `saved_model_cli show --all` tells. */
  readonly savedModel?: SavedModelInspection;
}

/** A tensor of a signature in TensorFlow's words; `dtype` may be a type that is not served, such as `DT_INVALID`. */
export interface SavedModelTensor {
  readonly dtype: string;
  readonly shape: readonly number[] | null;
  readonly tensor: string;
}

export interface SavedModelSignature {
  readonly method: string;
  readonly inputs: Readonly<Record<string, SavedModelTensor>>;
  readonly outputs: Readonly<Record<string, SavedModelTensor>>;
}

export interface SavedModelArgument {
  readonly name: string | null;
  /** Python's: `TensorSpec`, `bool`. */
  readonly type: string;
  /** As Python writes it. */
  readonly value: string;
}

export interface SavedModelFunction {
  readonly name: string;
  /** One for each way in which it was traced. */
  readonly options: readonly { readonly arguments: readonly SavedModelArgument[]; readonly named: readonly string[] }[];
}

export interface SavedModelInspection {
  readonly metaGraphs: readonly {
    readonly tags: readonly string[];
    /** Version of TensorFlow that wrote it. */
    readonly tensorflow: string | null;
    readonly signatures: Readonly<Record<string, SavedModelSignature>>;
    readonly ops: readonly string[];
  }[];
  /** Null for models of TensorFlow 1. */
  readonly functions: readonly SavedModelFunction[] | null;
}
