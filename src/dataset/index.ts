/** @file Datasets: where pictures come from, what they are, and how training reads them. */
export { type DatasetLimits, DEFAULT_DATASET_LIMITS, PUBLIC_URLS_ONLY, type UrlPolicy } from './limits.ts';
export { describeSource, parseDatasetSource, redactSource } from './source.ts';
export type { PreparedDataset, PrepareOptions, PrepareProgress, SplitReader } from './types.ts';
