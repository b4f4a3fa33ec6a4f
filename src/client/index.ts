/** @file `pictor/client`: a typed client of Pictor's HTTP interfaces for Node and browsers, without dependencies. */
export type {
  DatasetRecord,
  LabelProbability,
  ModelManifest,
  ModelRouting,
  ModelSummary,
  RunRecord,
} from '../contracts/index.ts';
export {
  PictorClient,
  type PicturePrediction,
  type PredictAnswer,
  type PredictOptions,
  type TrainOptions,
} from './client.ts';
export { type ClientErrorKind, PictorClientError } from './errors.ts';
export type { Duration, Promotion, ServingState, VersionStatistics } from './models.ts';
export type { Picture, PictureBytes, Pixels, PredictInput } from './pictures.ts';
export type { RunRequest } from './runs.ts';
export type { TfServingInput, TfServingOptions, TfServingPredictions, TfServingStatus } from './tfserving.ts';
export type { CallOptions, ClientOptions } from './transport.ts';
