/** @file What is known of a dataset after its names and bytes were read once, before any picture is decoded. */
import type { DatasetFinding, ImageShape, Split } from '../contracts/index.ts';
import type { RawPixels } from './resize.ts';

export interface ScannedItem {
  /** Path inside the dataset, or `train[17]`. */
  readonly name: string;
  readonly split: Split;
  readonly className: string;
  /** Equal for equal bytes (files) or pixels (arrays): hex of a cryptographic hash. */
  readonly digest: string;
}

/** A picture on its way to the cache: the bytes of a file, or pixels, or the reason why there is neither. */
export type SourcePicture =
  | { readonly item: number; readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly item: number; readonly kind: 'pixels'; readonly pixels: RawPixels }
  | { readonly item: number; readonly kind: 'unreadable' };

export interface ScannedDataset {
  readonly format: 'folder' | 'tar' | 'zip' | 'idx' | 'npz' | 'pickle' | 'sample';
  /** In the order in which splits keep them. */
  readonly items: readonly ScannedItem[];
  /** Class names as text (by code point) or as numbers. */
  readonly classOrder: 'names' | 'numbers';
  /** Class folders without pictures. */
  readonly emptyClasses: readonly string[];
  /** The shape of every picture, where the format tells; null when only decoding can. */
  readonly uniformShape: ImageShape | null;
  readonly findings: readonly DatasetFinding[];
  /** All pictures, in the source's own order. Pixels may be overwritten once the next picture is asked for. */
  pictures(signal?: AbortSignal): AsyncGenerator<SourcePicture, void, undefined>;
}
