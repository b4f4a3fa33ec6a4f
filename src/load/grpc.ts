/** @file TensorFlow Serving's gRPC interface: Predict, with tensors as bytes. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { ServiceError } from '@grpc/grpc-js';
import { PictorError } from '../contracts/index.ts';
import { DATA_TYPE_NUMBERS, dataTypeOf, serving } from '../proto/index.ts';
import { callsOf, connectGrpc, type GrpcCall, refused, TENSORFLOW_SERVING } from './grpc-connection.ts';
import { makeInput } from './tensors.ts';
import type { LoadClient, LoadTarget } from './types.ts';

const TIMEOUT_MS = 30_000;

/** @throws `url_unreachable`, `url_status`, `invalid_request`, and as `makeInput` */
export async function grpcClient(target: LoadTarget): Promise<LoadClient> {
  const { batch = 1, signature = 'serving_default', timeoutMs = TIMEOUT_MS } = target;
  const opened = await connectGrpc(target.url, timeoutMs, TENSORFLOW_SERVING);
  try {
    const inputs = await inputsOf(opened.call, target, signature);
    const tensors = inputs.map((input) => makeInput(input, batch, target.shape));
    const request = create(serving.PredictRequestSchema, {
      modelSpec: { ...specOf(target), signatureName: target.signature ?? '' },
      inputs: Object.fromEntries(
        tensors.map(({ name, dtype, shape, bytes }) => [
          name,
          {
            dtype: DATA_TYPE_NUMBERS[dtype],
            tensorShape: { dim: shape.map((size) => ({ size: BigInt(size) })) },
            tensorContent: bytes,
          },
        ]),
      ),
    });
    const bytes = toBinary(serving.PredictRequestSchema, request);
    return callsOf(target.url, timeoutMs, TENSORFLOW_SERVING, 'Predict', bytes);
  } finally {
    opened.close();
  }
}

async function inputsOf(call: GrpcCall, target: LoadTarget, signature: string) {
  const request = create(serving.GetModelMetadataRequestSchema, {
    modelSpec: specOf(target),
    metadataField: ['signature_def'],
  });
  const bytes = await call('GetModelMetadata', toBinary(serving.GetModelMetadataRequestSchema, request)).catch(
    (error: ServiceError) => {
      throw refused(target.url, error);
    },
  );
  const any = fromBinary(serving.GetModelMetadataResponseSchema, bytes).metadata.signature_def;
  const signatures = any ? (anyUnpack(any, serving.SignatureDefMapSchema)?.signatureDef ?? {}) : {};
  const found = signatures[signature];
  if (!found) {
    throw new PictorError('invalid_request', `Model "${target.model}" has no signature "${signature}".`, {
      fix: `Choose one with --signature: ${Object.keys(signatures).join(', ')}.`,
    });
  }
  return Object.entries(found.inputs).map(([name, { dtype, tensorShape }]) => ({
    name,
    dtype: dataTypeOf(dtype) ?? String(dtype),
    shape: tensorShape && !tensorShape.unknownRank ? tensorShape.dim.map(({ size }) => Number(size)) : null,
  }));
}

function specOf({ model, version }: LoadTarget) {
  if (version === undefined) return { name: model };
  return { name: model, versionChoice: { case: 'version', value: { value: BigInt(version) } } as const };
}
