/** @file Asks TensorFlow Serving's gRPC interface for the scores of pictures. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { DATA_TYPE_NUMBERS, serving, type tf } from '../../proto/index.ts';
import type { GrpcCall } from '../grpc-connection.ts';
import type { RemoteModel, RemoteSignature } from './remote-model.ts';
import type { Ask } from './ways.ts';

type Tensor = Pick<tf.TensorProto, 'dtype' | 'tensorContent' | 'stringVal'> & { readonly sizes: readonly number[] };

export function grpcTensors(
  call: GrpcCall,
  model: RemoteModel,
  signature: RemoteSignature,
  shape: readonly number[],
): Ask {
  const dtype = DATA_TYPE_NUMBERS[signature.dtype];
  return ({ pixels, count }) => {
    const numbers = signature.dtype === 'DT_UINT8' ? Uint8Array.from(pixels) : pixels;
    const tensorContent = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    return scores(call, model, signature, { dtype, tensorContent, stringVal: [], sizes: [count, ...shape] });
  };
}

export function grpcBytes(call: GrpcCall, model: RemoteModel, signature: RemoteSignature): Ask {
  const dtype = DATA_TYPE_NUMBERS.DT_STRING;
  return async ({ files }) => {
    const stringVal = [...(await files())];
    const tensor = { dtype, tensorContent: new Uint8Array(), stringVal, sizes: [stringVal.length] };
    return scores(call, model, signature, tensor);
  };
}

async function scores(
  call: GrpcCall,
  { name, version }: RemoteModel,
  { signature, input, output }: RemoteSignature,
  { sizes, ...tensor }: Tensor,
): Promise<readonly (readonly number[])[]> {
  const tensorShape = { dim: sizes.map((size) => ({ size: BigInt(size) })) };
  const chosen = version === undefined ? {} : { versionChoice: versionOf(version) };
  const request = create(serving.PredictRequestSchema, {
    modelSpec: { name, signatureName: signature, ...chosen },
    inputs: { [input]: { ...tensor, tensorShape } },
    outputFilter: [output],
  });
  let answer: Uint8Array;
  try {
    answer = await call('Predict', toBinary(serving.PredictRequestSchema, request));
  } catch (cause) {
    const { code, details } = cause as { readonly code?: number; readonly details?: string };
    throw new PictorError('url_status', `The gRPC server answered ${code}: ${String(details).slice(0, 300)}`, {
      cause,
    });
  }
  const given = fromBinary(serving.PredictResponseSchema, answer).outputs[output];
  const numbers = given ? numbersOf(given) : [];
  const [rows] = sizes;
  const width = numbers.length / rows;
  if (width > 0 && Number.isInteger(width)) {
    return Array.from({ length: rows }, (_, row) => numbers.slice(row * width, (row + 1) * width));
  }
  throw new PictorError('url_status', `The gRPC server gave ${numbers.length} numbers for ${rows} pictures.`);
}

function versionOf(version: number) {
  return { case: 'version', value: { value: BigInt(version) } } as const;
}

/** In either of the forms that a server may answer in. */
function numbersOf({ dtype, tensorContent, floatVal, doubleVal }: tf.TensorProto): readonly number[] {
  if (tensorContent.length === 0) return floatVal.length > 0 ? floatVal : doubleVal;
  const { buffer } = Uint8Array.from(tensorContent);
  return Array.from(dtype === DATA_TYPE_NUMBERS.DT_DOUBLE ? new Float64Array(buffer) : new Float32Array(buffer));
}
