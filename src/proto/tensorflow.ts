/** @file The messages of package `tensorflow`, of all their files. */
export * from './event_pb.ts';
export * from './example_pb.ts';
export * from './graph_pb.ts';
export * from './saved-model_pb.ts';
export * from './tensor-bundle_pb.ts';
