/** @file Serving: decode, batch, run, encode; a folder for each protocol around it. Trains nothing. */

export { UNBOUNDED } from './admission.ts';
export type { BatchingParameters } from './batching/parameters.ts';
export type { CancelSignal } from './batching/ticket.ts';
export { readBatchingFile, readModelConfigFile, readMonitoringFile, readSslFile } from './config/config-file.ts';
export { type ConfiguredModel, LATEST_VERSION, modelsOf } from './config/model-server-config.ts';
export { answerLogged } from './logging/logged-calls.ts';
export { RequestLogs } from './logging/request-logs.ts';
export type { ModelInUse, ModelOverview, ModelTarget, RunOptions } from './model-in-use.ts';
export { VERSION_STATES, type VersionState } from './models/version-status.ts';
export { modelInfer, modelMetadataMessage } from './open-inference/grpc.ts';
export { GRPC_EXTENSIONS, isModelReady, SERVER_NAME } from './open-inference/metadata.ts';
export { repositoryIndex } from './open-inference/repository.ts';
export { answerOpenInference, type OpenInferenceServer } from './open-inference/rest.ts';
export { asOpenInferenceError } from './open-inference/status.ts';
export { predictMinishift } from './pictures/minishift.ts';
export {
  type NamedPicture,
  type PredictAnswer,
  type PredictInput,
  type PredictOptions,
  predictOwn,
} from './pictures/own.ts';
export { pictureShape } from './pictures/picture-shape.ts';
export { topLabels } from './pictures/ranking.ts';
export { predictTfMnist } from './pictures/tf-mnist.ts';
export { Predictor, type PredictorOptions } from './predictor.ts';
export { retryAfterSeconds } from './retry-after.ts';
export { DEFAULT_SIGNATURE } from './signatures/served.ts';
export type { ModelStatistics } from './telemetry/statistics.ts';
export type { TensorForm } from './tensors/tensor-proto.ts';
export { type TfaasParams, tfaasParams } from './tfaas/params.ts';
export { predictTfaasImage, predictTfaasRow } from './tfaas/predict.ts';
export { protoOfScores, rowOfJson, rowOfProto } from './tfaas/row.ts';
export { tfaasBundle, tfaasForm } from './tfaas/upload.ts';
export { decodeBase64 } from './tfserving/base64.ts';
export { answerTfServing, type ServedCall, type TfServingOptions } from './tfserving/rest.ts';
export { asTfServingError } from './tfserving/status.ts';
export { classifyExamples, inferMultiple, regressExamples } from './tfserving-grpc/inference.ts';
export { getModelMetadata, getModelStatus } from './tfserving-grpc/metadata.ts';
export { predict } from './tfserving-grpc/predict.ts';
export { handleReload, type ReloadModels } from './tfserving-grpc/reload.ts';
export { type WarmUpFacts, warmUpFrom } from './warmup/warm-up.ts';
