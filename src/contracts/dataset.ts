/** @file What the dataset room hands over: where images came from, what was understood, what is wrong. */

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Where a dataset comes from. `upload` names an object in the platform's `datasets` bucket. */
export type DatasetSource =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'upload'; readonly key: string; readonly fileName: string }
  | { readonly kind: 'sample'; readonly name: 'digits' };

/** Size of a picture as the network sees it, in pixels; 1 channel is grey, 3 is RGB. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface SplitSummary {
  /** Number of images. */
  readonly count: number;
  /** Number of images of each class, in the order of `classes`. */
  readonly perClass: readonly number[];
}

export type FindingSeverity = 'error' | 'warning' | 'info';

/** One thing that the health report says about a dataset. */
export interface DatasetFinding {
  readonly severity: FindingSeverity;
  /** Stable name, such as `corrupt_image`, `duplicate_image`, `class_imbalance`, `ignored_file`. */
  readonly code: string;
  readonly message: string;
  /** How many files it concerns. */
  readonly count: number;
  /** The first of them, at most 20, as paths inside the dataset. */
  readonly files: readonly string[];
}

/** The written understanding of a prepared dataset: what training gets, and the health report. */
export interface DatasetManifest {
  readonly source: DatasetSource;
  /** sha256 (hex) of the pictures and their labels, independent of the image shape. */
  readonly contentHash: string;
  /** What was recognised: `folder`, `tar`, `zip`, `idx`, `npz`, `pickle`, `sample`. */
  readonly format: string;
  readonly image: ImageShape;
  /** Class names; a label is an index into this list. Sorted as the format has them (names: by code point). */
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<Split, SplitSummary>>;
  readonly validationSplit: number;
  readonly seed: number;
  /** Sizes of the original pictures, in pixels. */
  readonly originalSizes: {
    readonly minWidth: number;
    readonly maxWidth: number;
    readonly minHeight: number;
    readonly maxHeight: number;
    readonly distinct: number;
  };
  /**
   * Share of the training pictures' pixels that are neither dark nor bright, 0..1, from a sample: low for writing and drawings,
   * high for photos. Older records have none.
   */
  readonly midtones?: number;
  readonly findings: readonly DatasetFinding[];
}

/** State of a dataset that was sent to the server, kept in the key-value store under `datasets/ID`. */
export interface DatasetRecord {
  readonly id: string;
  /** What people see: a file name, a URL, `sample:digits`. */
  readonly title: string;
  readonly source: DatasetSource;
  readonly state: 'queued' | 'fetching' | 'preparing' | 'ready' | 'failed';
  /** 0..1, or null while unknown. */
  readonly progress: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly manifest: DatasetManifest | null;
  readonly error: import('./errors.ts').ErrorBody['error'] | null;
}
