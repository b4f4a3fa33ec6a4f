/** @file `pictor/training`: from a dataset to a published model, for programs, with callbacks of one's own. */
export {
  type AugmentationSpec,
  type DatasetManifest,
  type DatasetSource,
  type EpochRecord,
  type Evaluation,
  PictorError,
  type TrainedModel,
  type TrainingMetrics,
  type TrainingProgress,
  type TrainingRecipe,
  type TrainingRequest,
} from '../contracts/index.ts';
export {
  encodePng,
  openSplit,
  type PreparedDataset,
  type PrepareOptions,
  parseDatasetSource,
  prepareDataset,
  type SplitReader,
} from '../dataset/index.ts';
export { ModelRegistry } from '../registry/index.ts';
export * from '../training/index.ts';
