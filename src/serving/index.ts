/** @file Serving: decode, batch, run, encode; a folder for each protocol around it. Trains nothing. */

export { UNBOUNDED } from './admission.ts';
export type { BatchingParameters } from './batching/parameters.ts';
export type { CancelSignal, RunLimits } from './batching/ticket.ts';
export {
  PROMETHEUS_PATH,
  readBatchingFile,
  readModelConfigFile,
  readMonitoringFile,
  readSslFile,
  type TlsFacts,
} from './config/config-file.ts';
export { type ConfiguredModel, LATEST_VERSION, modelsOf } from './config/model-server-config.ts';
export { answerLogged } from './logging/logged-calls.ts';
export { type LogStatus, RequestLogs } from './logging/request-logs.ts';
export type { SampleOptions } from './logging/request-samples.ts';
export type {
  ModelInUse,
  ModelOverview,
  ModelTarget,
  PicturePredictions,
  RunOptions,
} from './model-in-use.ts';
export type { BasePathOptions } from './models/base-path-source.ts';
export type { ReloadStatus, ServedModelConfig, VersionPolicy } from './models/configuration.ts';
export { VERSION_STATES, type VersionNumber, type VersionState, type VersionStatus } from './models/version-status.ts';
export { modelInfer, modelMetadataMessage } from './open-inference/grpc.ts';
export { GRPC_EXTENSIONS, isModelReady, SERVER_NAME } from './open-inference/metadata.ts';
export { repositoryIndex } from './open-inference/repository.ts';
export { answerOpenInference, type OpenInferenceServer } from './open-inference/rest.ts';
export { asOpenInferenceError } from './open-inference/status.ts';
export { type MinishiftAnswer, predictMinishift } from './pictures/minishift.ts';
export {
  type NamedPicture,
  type PredictAnswer,
  type PredictInput,
  type PredictOptions,
  predictOwn,
  type SeenPrediction,
} from './pictures/own.ts';
export { pictureShape } from './pictures/picture-shape.ts';
export { topLabels } from './pictures/ranking.ts';
export { predictTfMnist, type TfMnistAnswer } from './pictures/tf-mnist.ts';
export { Predictor, type PredictorOptions } from './predictor.ts';
export { retryAfterSeconds } from './retry-after.ts';
export { openServable } from './servable/open-servable.ts';
export {
  DEFAULT_SIGNATURE,
  METHODS,
  type ServedSignature,
  type ServedSignatures,
  type ServedTensor,
} from './signatures/served.ts';
export type { LoadFacts, RequestFacts, RunFacts, ServingObserver } from './telemetry/observer.ts';
export type { BatchStatistics, DurationTotal, ModelStatistics } from './telemetry/statistics.ts';
export { TENSOR_FORMS, type TensorForm } from './tensors/tensor-proto.ts';
export { type TfaasParams, tfaasParams } from './tfaas/params.ts';
export { predictTfaasImage, predictTfaasRow, type TfaasScores } from './tfaas/predict.ts';
export { protoOfScores, rowOfJson, rowOfProto, type TfaasRow } from './tfaas/row.ts';
export { type TfaasForm, tfaasBundle, tfaasForm } from './tfaas/upload.ts';
export { decodeBase64 } from './tfserving/base64.ts';
export {
  answerTfServing,
  type ServedCall,
  type TfServingOptions,
  type TfServingRequest,
  type TfServingResponse,
} from './tfserving/rest.ts';
export { asTfServingError, TfServingError } from './tfserving/status.ts';
export { classifyExamples, inferMultiple, regressExamples } from './tfserving-grpc/inference.ts';
export { getModelMetadata, getModelStatus } from './tfserving-grpc/metadata.ts';
export { predict } from './tfserving-grpc/predict.ts';
export { handleReload, type ReloadModels } from './tfserving-grpc/reload.ts';
export { type WarmUpFacts, warmUpFrom } from './warmup/warm-up.ts';
