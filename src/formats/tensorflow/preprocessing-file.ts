/** @file Where a SavedModel of Pictor says what is done to a picture before the network. */
export const PREPROCESSING_FILE = 'assets.extra/preprocessing.json';
