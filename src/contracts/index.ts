/** @file Plain data that rooms hand over, and the errors that users meet. Imports no room. */
export * from './dataset.ts';
export { ERROR_TABLE } from './errors/index.ts';
export * from './errors.ts';
export * from './example-request.ts';
export * from './export.ts';
export * from './half.ts';
export * from './inspection.ts';
export * from './learning.ts';
export * from './model.ts';
export * from './network.ts';
export * from './optimizer.ts';
export * from './parameters.ts';
export * from './random.ts';
export * from './signatures.ts';
export * from './tensors.ts';
export * from './timers.ts';
export * from './training.ts';
export * from './weights.ts';
