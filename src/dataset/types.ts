/** @file What the dataset room hands out. */

import type { DatasetManifest, DatasetSource, ImageShape } from '../contracts/index.ts';
import type { Bucket } from '../platform/index.ts';
import type { DatasetLimits, UrlPolicy } from './limits.ts';

export interface PrepareOptions {
  /** Where prepared datasets are kept, such as `.pictor/cache/datasets`. */
  readonly cacheDirectory: string;
  /** Holds the uploads; needed for sources of kind `upload` only. */
  readonly bucket?: Bucket;
  /** Another dataset whose pictures become the test split. Its classes must be among those of `source`. */
  readonly testSource?: DatasetSource;
  /**
   * Wanted size and channels. Default: those of the pictures, when all have one size of at most 64x64; else 180x180, 3 channels.
   */
  readonly image?: Partial<ImageShape>;
  /** Share of the training pictures of each class kept for validation, 0 <= share < 1. Default 0.2, at most 6,000 pictures. */
  readonly validationSplit?: number;
  /** Default 123. */
  readonly seed?: number;
  readonly limits?: Partial<DatasetLimits>;
  /** Default: public addresses only. */
  readonly urls?: UrlPolicy;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PrepareProgress) => void;
}

export interface PrepareProgress {
  /** `fetching` counts bytes, `preparing` counts pictures. */
  readonly phase: 'fetching' | 'preparing';
  readonly done: number;
  readonly total: number | null;
}

export interface PreparedDataset {
  readonly manifest: DatasetManifest;
  /** Give it to `openSplit`. */
  readonly directory: string;
}

/** One split of a prepared dataset, read from disk. Synchronous: made for worker threads. */
export interface SplitReader {
  /** Number of pictures. */
  readonly count: number;
  /** height * width * channels. */
  readonly imageBytes: number;
  /** Class index of each picture, [count]. */
  readonly labels: Int32Array;
  /** Writes the pictures one after the other into `target` as uint8 [indices.length, height, width, channels]. */
  readImages(indices: ArrayLike<number>, target: Uint8Array): void;
  close(): void;
}
