/** @file The Open Inference Protocol's service on a gRPC server. */
import { create } from '@bufbuild/protobuf';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { inference } from '../../proto/index.ts';
import {
  asOpenInferenceError,
  GRPC_EXTENSIONS,
  isModelReady,
  modelInfer,
  modelMetadataMessage,
  type OpenInferenceServer,
  repositoryIndex,
  SERVER_NAME,
} from '../../serving/index.ts';
import { type CallRules, unary } from './calls.ts';

export function inferenceService(
  { predictor, isReady, version }: OpenInferenceServer,
  told: Pick<CallRules, 'onInternal' | 'onCall'>,
): UntypedServiceImplementation {
  const rules: CallRules = { failure: asOpenInferenceError, ...told };
  return {
    ServerLive: unary(inference.ServerLiveRequestSchema, rules, () =>
      create(inference.ServerLiveResponseSchema, { live: true }),
    ),
    ServerReady: unary(inference.ServerReadyRequestSchema, rules, () =>
      create(inference.ServerReadyResponseSchema, { ready: isReady() }),
    ),
    ModelReady: unary(inference.ModelReadyRequestSchema, rules, async (request) => {
      const ready = await isModelReady(predictor, request.name, request.version);
      return create(inference.ModelReadyResponseSchema, { ready });
    }),
    ServerMetadata: unary(inference.ServerMetadataRequestSchema, rules, () =>
      create(inference.ServerMetadataResponseSchema, { name: SERVER_NAME, version, extensions: [...GRPC_EXTENSIONS] }),
    ),
    ModelMetadata: unary(inference.ModelMetadataRequestSchema, rules, (request) =>
      modelMetadataMessage(predictor, request),
    ),
    ModelInfer: unary(inference.ModelInferRequestSchema, rules, (request, options) =>
      modelInfer(predictor, request, options),
    ),
    RepositoryIndex: unary(inference.RepositoryIndexRequestSchema, rules, ({ ready }) =>
      create(inference.RepositoryIndexResponseSchema, { models: repositoryIndex(predictor, ready) }),
    ),
    RepositoryModelLoad: unary(inference.RepositoryModelLoadRequestSchema, rules, async (request) => {
      const modelName = modelOf(request);
      await predictor.load(modelName);
      return create(inference.RepositoryModelLoadResponseSchema, { modelName, isLoaded: true });
    }),
    RepositoryModelUnload: unary(inference.RepositoryModelUnloadRequestSchema, rules, async (request) => {
      const modelName = modelOf(request);
      await predictor.unload(modelName);
      return create(inference.RepositoryModelUnloadResponseSchema, { modelName, isUnloaded: true });
    }),
  };
}

/** Triton's clients name it in field 2, KServe's in field 1, which is Triton's repository. */
function modelOf(request: { readonly modelName: string; readonly repositoryName: string }): string {
  return request.modelName === '' ? request.repositoryName : request.modelName;
}
