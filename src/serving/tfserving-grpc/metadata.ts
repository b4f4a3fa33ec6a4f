/** @file `PredictionService.GetModelMetadata` and `ModelService.GetModelStatus`. */
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { DATA_TYPE_NUMBERS, serving, tf } from '../../proto/index.ts';
import type { Predictor } from '../predictor.ts';
import type { ServedSignatures, ServedTensor } from '../signatures/served.ts';
import { invalidArgument, TfServingError } from '../tfserving/status.ts';
import { servableSpec, specOfAnswer, useServable } from './servable.ts';

const SIGNATURES = 'signature_def';

/** @throws TfServingError */
export async function getModelMetadata(
  predictor: Predictor,
  { modelSpec, metadataField }: serving.GetModelMetadataRequest,
): Promise<serving.GetModelMetadataResponse> {
  const spec = servableSpec(modelSpec);
  if (metadataField.length === 0) {
    throw invalidArgument('GetModelMetadataRequest must specify at least one metadata_field');
  }
  const unknown = metadataField.find((field) => field !== SIGNATURES);
  if (unknown !== undefined) throw invalidArgument(`Metadata field ${unknown} is not supported`);
  return useServable(predictor, spec, async (model) =>
    create(serving.GetModelMetadataResponseSchema, {
      modelSpec: specOfAnswer(model, ''),
      metadata: { [SIGNATURES]: anyPack(serving.SignatureDefMapSchema, signatureMap(model.signatures)) },
    }),
  );
}

function signatureMap(signatures: ServedSignatures): serving.SignatureDefMap {
  const entries = Object.entries(signatures).map(
    ([name, { method, inputs, outputs }]) =>
      [
        name,
        create(tf.SignatureDefSchema, { inputs: tensors(inputs), outputs: tensors(outputs), methodName: method }),
      ] as const,
  );
  return create(serving.SignatureDefMapSchema, { signatureDef: Object.fromEntries(entries) });
}

function tensors(infos: Readonly<Record<string, ServedTensor>>): Record<string, tf.TensorInfo> {
  return Object.fromEntries(Object.entries(infos).map(([alias, info]) => [alias, tensorInfo(info)]));
}

function tensorInfo({ tensor, dtype, shape }: ServedTensor): tf.TensorInfo {
  const dim = shape?.map((size) => ({ size: BigInt(size) })) ?? [];
  return create(tf.TensorInfoSchema, {
    encoding: { case: 'name', value: tensor },
    dtype: DATA_TYPE_NUMBERS[dtype],
    tensorShape: { dim, unknownRank: shape === null },
  });
}

/** A label is ignored here, as in the reference: all versions are told. @throws TfServingError */
export async function getModelStatus(
  predictor: Predictor,
  { modelSpec }: serving.GetModelStatusRequest,
): Promise<serving.GetModelStatusResponse> {
  const { name, version } = servableSpec(modelSpec);
  const all = await predictor.status(name);
  if (all.length === 0) throw new TfServingError('NOT_FOUND', `Could not find any versions of model ${name}`);
  const found = version === null ? all : all.filter((candidate) => BigInt(candidate.version) === version);
  if (found.length === 0) throw new TfServingError('NOT_FOUND', `Could not find version ${version} of model ${name}`);
  const { OK, DATA_LOSS } = serving.STATUS_CODES;
  return create(serving.GetModelStatusResponseSchema, {
    modelVersionStatus: found.map(({ version, state, error }) => ({
      version: BigInt(version),
      state: serving.VERSION_STATES[state],
      status: { errorCode: error ? DATA_LOSS : OK, errorMessage: error?.message ?? '' },
    })),
  });
}
