/** @file TensorFlow Serving's gRPC interface: Predict, with tensors as bytes. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { PictorError } from '../contracts/index.ts';
import { DATA_TYPE_NUMBERS, dataTypeOf, serving } from '../proto/index.ts';
import { makeInput } from './tensors.ts';
import type { LoadClient, LoadTarget } from './types.ts';

const TIMEOUT_MS = 30_000;
const SERVICE = '/tensorflow.serving.PredictionService';
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** Answers how many requests come with their full error: it is read once and shown. */
export type GrpcCall = (method: string, request: Uint8Array) => Promise<Uint8Array>;

/** @throws `url_unreachable`, `url_status`, `invalid_request`, and as `makeInput` */
export async function grpcClient(target: LoadTarget): Promise<LoadClient> {
  const { batch = 1, signature = 'serving_default', timeoutMs = TIMEOUT_MS } = target;
  const opened = await connectGrpc(target.url, timeoutMs);
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
    return {
      requestBytes: bytes.length,
      async open() {
        const { call, close } = await connectGrpc(target.url, timeoutMs);
        return {
          send: () =>
            call('Predict', bytes).then(
              () => null,
              (error: ServiceError) => `${error.code}: ${String(error.details).slice(0, 160)}`,
            ),
          close,
        };
      },
    };
  } finally {
    opened.close();
  }
}

async function inputsOf(call: GrpcCall, target: LoadTarget, signature: string) {
  const request = create(serving.GetModelMetadataRequestSchema, {
    modelSpec: specOf(target),
    metadataField: ['signature_def'],
  });
  let bytes: Uint8Array;
  try {
    bytes = await call('GetModelMetadata', toBinary(serving.GetModelMetadataRequestSchema, request));
  } catch (cause) {
    const { code, details } = cause as ServiceError;
    throw new PictorError('url_status', `${target.url} answered ${code}: ${details}`, {
      fix: 'Check the address, the name of the model and the protocol.',
      cause,
    });
  }
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

/** A connection of its own: by default those to one address share one. */
export async function connectGrpc(address: string, timeoutMs: number): Promise<{ call: GrpcCall; close: () => void }> {
  // Loaded here: it takes its time, and the other protocols do without.
  const grpc = await import('@grpc/grpc-js');
  const isSecure = address.startsWith('grpcs://');
  const client: Client = new grpc.Client(
    address.replace(/^(grpcs?|https?):\/\//, '').replace(/\/$/, ''),
    isSecure ? grpc.credentials.createSsl() : grpc.credentials.createInsecure(),
    {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    },
  );
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + Math.min(timeoutMs, 5_000), (cause) => {
      if (!cause) return resolve();
      client.close();
      reject(new PictorError('url_unreachable', `${address} does not answer to gRPC.`, { cause }));
    });
  });
  const same = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const call: GrpcCall = (method, request) =>
    new Promise((resolve, reject) => {
      const path = `${SERVICE}/${method}`;
      const options = { deadline: Date.now() + timeoutMs };
      client.makeUnaryRequest(
        path,
        same,
        (bytes: Buffer) => bytes,
        request,
        options,
        (error, answer) => {
          if (error) reject(error);
          else resolve(answer as Buffer);
        },
      );
    });
  return { call, close: () => client.close() };
}
