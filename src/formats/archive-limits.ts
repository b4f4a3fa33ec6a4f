/** @file What an archive with a model may unpack to. */
import { type DatasetLimits, DEFAULT_DATASET_LIMITS } from '../dataset/index.ts';

/** Weights hardly shrink: four times, when an optimizer that has not begun is saved along. */
export const MODEL_ARCHIVE_LIMITS: DatasetLimits = {
  ...DEFAULT_DATASET_LIMITS,
  maxUnpackedBytes: 8 * 2 ** 30,
  maxUnpackRatio: 20,
  harmlessUnpackedBytes: 64 * 2 ** 20,
  maxFiles: 10_000,
};
