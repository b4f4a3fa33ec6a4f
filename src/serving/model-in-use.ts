/** @file What protocols are given: which model is meant, and what a version can be asked. */
import type { ImageShape, ModelManifest, TensorValue } from '../contracts/index.ts';
import type { RunLimits } from './batching/ticket.ts';
import type { VersionNumber, VersionStatus } from './models/version-status.ts';
import type { ServedSignatures } from './signatures/served.ts';

/** Which model a request means; without version and label, the latest. */
export interface ModelTarget {
  readonly name: string;
  readonly version?: VersionNumber;
  readonly label?: string;
}

export interface RunOptions extends RunLimits {
  /** Names of the outputs that are wanted. Default: all. */
  readonly outputs?: readonly string[];
}

/** A version at work for one request. */
export interface ModelInUse {
  readonly name: string;
  readonly version: VersionNumber;
  /** Null for a model that was opened from a file of another tool. */
  readonly manifest: ModelManifest | null;
  /** In the order of the outputs. Empty for a model that was made elsewhere and does not tell. */
  readonly labels: readonly string[];
  /** Of the pictures that it takes; null when it takes none. */
  readonly input: ImageShape | null;
  readonly signatures: ServedSignatures;
  /**
   * Calls a signature. Where it has rows (a free first dimension), requests are run together.
   * @param signature empty: `serving_default`
   * @param inputs by the signature's names; arrays are given away
   * @returns the outputs, in the order of the signature
   * @throws `signature_not_found` (details `signature`, `available`), `output_not_found`, `output_duplicate`,
   *   `inputs_mismatch`, `input_dtype_mismatch`, `input_shape_mismatch`, `example_invalid`, `image_invalid`,
   *   `image_too_large`, `overloaded`, `batch_queue_full`, `batch_too_large`, `deadline_exceeded`, `request_cancelled`
   */
  run(
    signature: string,
    inputs: ReadonlyMap<string, TensorValue>,
    options?: RunOptions,
  ): Promise<ReadonlyMap<string, TensorValue>>;
  /**
   * @param pixels `[count, height, width, channels]`, 0..255; given away
   * @returns `[count, classes]` probabilities
   * @throws `model_has_no_pictures`, and as `run`
   */
  predictPixels(pixels: Float32Array, count: number, limits?: RunLimits): Promise<Float32Array>;
  /** Decodes picture files, then predicts. @throws as `run`, and `model_has_no_pictures` */
  predictPictures(files: readonly Uint8Array[], limits?: RunLimits): Promise<PicturePredictions>;
}

export interface PicturePredictions {
  /** `[count, classes]` */
  readonly probabilities: Float32Array;
  /** What the model saw: `[height, width, channels]` uint8 each. */
  readonly seen: readonly Uint8Array[];
}

/** A model as lists of all models show it. */
export interface ModelOverview {
  readonly name: string;
  /** Highest first. */
  readonly versions: readonly VersionStatus[];
  readonly labels: ReadonlyMap<string, VersionNumber>;
  /** Shares of the requests that name no version; null: the newest that is available answers them all. */
  readonly split: ReadonlyMap<VersionNumber, number> | null;
}
