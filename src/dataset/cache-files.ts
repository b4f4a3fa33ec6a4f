/** @file The files of a prepared dataset. */
import type { Split } from '../contracts/index.ts';

/**
 * A prepared dataset is a folder:
 * - `manifest.json`, a `DatasetManifest`
 * - `images`: uint8 rows [height, width, channels] of all pictures, in no particular order
 * - for each split `SPLIT.index`, uint32: the row of each picture, and `SPLIT.labels`, int32: its class
 */
export const MANIFEST_FILE = 'manifest.json';
export const IMAGES_FILE = 'images';

export function indexFile(split: Split): string {
  return `${split}.index`;
}

export function labelsFile(split: Split): string {
  return `${split}.labels`;
}
