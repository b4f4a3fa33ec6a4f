/** @file Error codes of datasets: where they come from, what is in them. */
export const DATASET_ERRORS = {
  dataset_not_found: { status: 404, fix: 'Check the path, the URL or the id of the dataset.' },
} as const;
