/** @file The Open Inference Protocol over gRPC, with tensors as bytes. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { inference } from '../proto/index.ts';
import { callsOf, connectGrpc, refused } from './grpc-connection.ts';
import { makeInput } from './tensors.ts';
import type { LoadClient, LoadTarget } from './types.ts';

const TIMEOUT_MS = 30_000;
const SERVICE = '/inference.GRPCInferenceService';

/** @throws `url_unreachable`, `url_status`, and as `makeInput` */
export async function openInferenceGrpcClient(target: LoadTarget): Promise<LoadClient> {
  const { url, model, batch = 1, timeoutMs = TIMEOUT_MS } = target;
  const version = target.version === undefined ? '' : String(target.version);
  const opened = await connectGrpc(url, timeoutMs, SERVICE);
  try {
    const question = create(inference.ModelMetadataRequestSchema, { name: model, version });
    const answer = await opened
      .call('ModelMetadata', toBinary(inference.ModelMetadataRequestSchema, question))
      .catch((error: ServiceError) => {
        throw refused(url, error);
      });
    const { inputs } = fromBinary(inference.ModelMetadataResponseSchema, answer);
    const tensors = inputs.map(({ name, datatype, shape }) =>
      makeInput({ name, dtype: datatype, shape: shape.map(Number) }, batch, target.shape),
    );
    const request = create(inference.ModelInferRequestSchema, {
      modelName: model,
      modelVersion: version,
      inputs: tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(BigInt) })),
      rawInputContents: tensors.map(({ bytes }) => bytes),
    });
    return callsOf(url, timeoutMs, SERVICE, 'ModelInfer', toBinary(inference.ModelInferRequestSchema, request));
  } finally {
    opened.close();
  }
}
