/** @file Jobs: a run or a dataset from the queue to its end, and the records that tell how far it is. */
export { type DatasetChange, DatasetService } from './dataset-service.ts';
export type { ExportCall, ExportedFile } from './export-model.ts';
export { newId } from './ids.ts';
export { type ImportOutcome, type ImportRequest, type ImportSettings, importToRegistry } from './import-model.ts';
export { exportInBackground, importInBackground, inspectInBackground } from './model-files.ts';
export { requestToResume } from './resume-request.ts';
export type { JobSettings, Publisher, Rooms } from './rooms.ts';
export { type RunChange, RunService } from './run-service.ts';
export { MAX_RUN_ATTEMPTS } from './stores.ts';
export { type TrainHereSettings, trainHere } from './train-here.ts';
export { runTrainer, type TrainerSettings } from './trainer.ts';
