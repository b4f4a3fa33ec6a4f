/** @file Bucket, key-value store, queue and topic. */
export { openEmbeddedPlatform } from './embedded/index.ts';
export * from './types.ts';
