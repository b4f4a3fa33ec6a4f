/** @file Datasets: where pictures come from, what they are, and how training reads them. */
export { decodePicture, decodeWholePicture, encodePng } from './decode.ts';
export { type DownloadOptions, download, downloadBytes } from './fetch.ts';
export { type DatasetLimits, DEFAULT_DATASET_LIMITS, PUBLIC_URLS_ONLY, type UrlPolicy } from './limits.ts';
export { prepareDataset } from './prepare.ts';
export { tarContainer } from './readers/tar.ts';
export { type RawPixels, resizePixels } from './resize.ts';
export { describeSource, parseDatasetSource, redactSource, redactUrl } from './source.ts';
export { openSplit, readManifest } from './split-reader.ts';
export type { PreparedDataset, PrepareOptions, PrepareProgress, SplitReader } from './types.ts';
