/** @file TensorFlow Serving's two services on a gRPC server. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { serving } from '../../proto/index.ts';
import {
  answerLogged,
  asTfServingError,
  classifyExamples,
  getModelMetadata,
  getModelStatus,
  handleReload,
  inferMultiple,
  type Predictor,
  predict,
  type ReloadModels,
  type RequestLogs,
  regressExamples,
  type TensorForm,
} from '../../serving/index.ts';
import { type CallRules, unary } from './calls.ts';

export interface TfServingServices {
  readonly predictor: Predictor;
  readonly reload: ReloadModels | null;
  readonly tensorForm: TensorForm;
  /** Where requests are written down. */
  readonly logs: RequestLogs | null;
}

export function predictionService(
  { predictor, tensorForm, logs }: TfServingServices,
  told: Pick<CallRules, 'onInternal' | 'onCall'>,
): UntypedServiceImplementation {
  const own: CallRules = { failure: asTfServingError, ...told };
  return {
    Predict: unary(serving.PredictRequestSchema, own, (request, options) =>
      answerLogged(
        ...([logs, request.modelSpec?.name, serving.PredictRequestSchema, request] as const),
        () => predict(predictor, request, { ...options, tensorForm }),
        (kept, response) => ({ case: 'predictLog', value: { request: kept, response } }),
      ),
    ),
    Classify: unary(serving.ClassificationRequestSchema, own, (request, options) =>
      answerLogged(
        ...([logs, request.modelSpec?.name, serving.ClassificationRequestSchema, request] as const),
        () => classifyExamples(predictor, request, options),
        (kept, response) => ({ case: 'classifyLog', value: { request: kept, response } }),
      ),
    ),
    Regress: unary(serving.RegressionRequestSchema, own, (request, options) =>
      answerLogged(
        ...([logs, request.modelSpec?.name, serving.RegressionRequestSchema, request] as const),
        () => regressExamples(predictor, request, options),
        (kept, response) => ({ case: 'regressLog', value: { request: kept, response } }),
      ),
    ),
    MultiInference: unary(serving.MultiInferenceRequestSchema, own, (request, options) =>
      answerLogged(
        ...([logs, request.tasks[0]?.modelSpec?.name, serving.MultiInferenceRequestSchema, request] as const),
        () => inferMultiple(predictor, request, options),
        (kept, response) => ({ case: 'multiInferenceLog', value: { request: kept, response } }),
      ),
    ),
    GetModelMetadata: unary(serving.GetModelMetadataRequestSchema, own, (request) =>
      getModelMetadata(predictor, request),
    ),
  };
}

export function modelService(
  { predictor, reload }: TfServingServices,
  told: Pick<CallRules, 'onInternal' | 'onCall'>,
): UntypedServiceImplementation {
  const own: CallRules = { failure: asTfServingError, ...told };
  return {
    GetModelStatus: unary(serving.GetModelStatusRequestSchema, own, (request) => getModelStatus(predictor, request)),
    HandleReloadConfigRequest: unary(serving.ReloadConfigRequestSchema, own, (request) =>
      handleReload(reload, request),
    ),
  };
}
