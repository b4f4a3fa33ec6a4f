/** @file Bucket, key-value store, queue and topic; what else the rooms need of the machine. */
export { syncFolder, writeDurably } from './durable-files.ts';
export { openEmbeddedPlatform } from './embedded/index.ts';
export { isAlive } from './processes.ts';
export * from './types.ts';
