/** @file Callbacks of a training: the interface, and those that come with it. */
export type { Callback, Metric, TestLogs, Training, TrainingLogs } from './callback.ts';
export { CSVLogger } from './csv-logger.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { LearningRateScheduler } from './learning-rate-scheduler.ts';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts';
