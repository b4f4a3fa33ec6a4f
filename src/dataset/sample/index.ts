/** @file `sample:digits`. */
import type { ScannedDataset } from '../scanned.ts';

export const SAMPLE_DIGITS_VERSION = 1;

export async function scanSampleDigits(_signal?: AbortSignal): Promise<ScannedDataset> {
  throw new Error('later');
}
