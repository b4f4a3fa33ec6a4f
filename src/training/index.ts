/** @file Training: images and a network in, a trained model out. Knows no queue, no file of another tool, no registry. */
export {
  type Callback,
  CSVLogger,
  EarlyStopping,
  type EarlyStoppingOptions,
  LearningRateScheduler,
  type Metric,
  ModelCheckpoint,
  type ModelCheckpointOptions,
  type TestLogs,
  type Training,
  type TrainingLogs,
} from './callbacks/index.ts';
export type { CheckpointPlan } from './checkpoint-clock.ts';
export { tryDivisions } from './division.ts';
export { evaluateModel } from './evaluate-model.ts';
export { summarise } from './evaluation.ts';
export { type TrainOptions, type TrainResult, train } from './fit.ts';
export { type NetworkFile, openNetworkFile } from './network-file/open.ts';
export { checkRequest, DEFAULT_SEED, imageShapeFor, isNetworkPath, planTraining } from './plan.ts';
export { checkSnapshot, recipeHash, SNAPSHOT_FORMAT, type TrainingSnapshot } from './snapshot.ts';
