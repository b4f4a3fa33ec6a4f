/** @file One suite for every provider. */
export { describeBucket } from './bucket.ts';
export { describeKeyValue } from './key-value.ts';
export { describeQueue } from './queue.ts';
export type { OpenedProvider, ProviderUnderTest } from './suite.ts';
export { describeTopic } from './topic.ts';
