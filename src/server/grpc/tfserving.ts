/** @file TensorFlow Serving's two services on a gRPC server. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { serving } from '../../proto/index.ts';
import {
  asTfServingError,
  classifyExamples,
  getModelMetadata,
  getModelStatus,
  handleReload,
  inferMultiple,
  type Predictor,
  predict,
  type ReloadModels,
  regressExamples,
  type TensorForm,
} from '../../serving/index.ts';
import { type CallRules, unary } from './calls.ts';

export interface TfServingServices {
  readonly predictor: Predictor;
  readonly reload: ReloadModels | null;
  readonly tensorForm: TensorForm;
}

export function predictionService(
  { predictor, tensorForm }: TfServingServices,
  told: Pick<CallRules, 'onInternal' | 'onCall'>,
): UntypedServiceImplementation {
  const own: CallRules = { failure: asTfServingError, ...told };
  return {
    Predict: unary(serving.PredictRequestSchema, own, (request, options) =>
      predict(predictor, request, { ...options, tensorForm }),
    ),
    Classify: unary(serving.ClassificationRequestSchema, own, (request, options) =>
      classifyExamples(predictor, request, options),
    ),
    Regress: unary(serving.RegressionRequestSchema, own, (request, options) =>
      regressExamples(predictor, request, options),
    ),
    MultiInference: unary(serving.MultiInferenceRequestSchema, own, (request, options) =>
      inferMultiple(predictor, request, options),
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
