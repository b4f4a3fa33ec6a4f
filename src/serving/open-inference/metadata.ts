/** @file What the protocol tells of the server and of its models. */
import type { Predictor } from '../predictor.ts';
import type { ServedTensor } from '../signatures/served.ts';
import { DATATYPES } from './datatypes.ts';
import { mainSignature, useModel } from './infer.ts';

export const SERVER_NAME = 'pictor';

/** Only what is served. */
export const REST_EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_repository',
  'parameters',
  'schedule_policy',
];
export const GRPC_EXTENSIONS = ['classification', 'model_repository', 'parameters', 'schedule_policy'];

/** Graphs run in ONNX Runtime, whatever file they came from. */
const PLATFORM = 'onnx_onnxv1';

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  /** Highest first. */
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** Names of all signatures: `signature_name` chooses among them. */
  readonly properties: Readonly<Record<string, string>>;
}

/** @throws OpenInferenceError */
export async function modelMetadata(predictor: Predictor, name: string, version: string): Promise<ModelMetadata> {
  return useModel(predictor, name, version, async ({ signatures }) => {
    const { inputs, outputs } = signatures[mainSignature(signatures)];
    const versions = (await predictor.status(name)).filter(({ state }) => state === 'AVAILABLE');
    return {
      name,
      versions: versions.map((status) => String(status.version)),
      platform: PLATFORM,
      inputs: tensors(inputs),
      outputs: tensors(outputs),
      properties: { signatures: Object.keys(signatures).join(',') },
    };
  });
}

/** Whether requests for the model are answered. An unknown one is not ready. */
export async function isModelReady(predictor: Predictor, name: string, version: string): Promise<boolean> {
  const versions = await predictor.status(name);
  return versions.some(
    (status) => status.state === 'AVAILABLE' && (version === '' || String(status.version) === version),
  );
}

function tensors(infos: Readonly<Record<string, ServedTensor>>): TensorMetadata[] {
  return Object.entries(infos).map(([name, { dtype, shape }]) => ({
    name,
    datatype: DATATYPES[dtype],
    // The protocol has no unknown rank.
    shape: shape ?? [-1],
  }));
}
