/** @file `PredictionService.Predict`: any signature, tensors in and out. Source: `predict_util.cc`. */
import { create } from '@bufbuild/protobuf';
import type { TensorValue } from '../../contracts/index.ts';
import { serving, type tf } from '../../proto/index.ts';
import type { ModelInUse, RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import type { ServedSignature } from '../signatures/served.ts';
import { protoOfTensor, TensorError, type TensorForm, tensorOfProto } from '../tensors/tensor-proto.ts';
import { invalidArgument, TfServingError } from '../tfserving/status.ts';
import { servableSpec, specOfAnswer, useServable } from './servable.ts';

/** @throws TfServingError, and what the model throws */
export function predict(
  predictor: Pick<Predictor, 'use'>,
  { modelSpec, inputs, outputFilter }: serving.PredictRequest,
  options: RunOptions & { readonly tensorForm?: TensorForm },
): Promise<serving.PredictResponse> {
  const { tensorForm = 'values', ...run } = options;
  const spec = servableSpec(modelSpec);
  return useServable(predictor, spec, async (model) => {
    if (!Object.hasOwn(model.signatures, spec.signature)) {
      throw new TfServingError('FAILED_PRECONDITION', `Serving signature key "${spec.signature}" not found.`);
    }
    const signature = model.signatures[spec.signature];
    const tensors = readInputs(signature, inputs);
    checkFilter(signature, outputFilter);
    const filter = outputFilter.length > 0 ? { outputs: outputFilter } : {};
    const outputs = await model.run(spec.signature, tensors, { ...run, ...filter });
    return predictResponse(model, spec.signature, outputs, tensorForm);
  });
}

export function predictResponse(
  model: ModelInUse,
  signature: string,
  outputs: ReadonlyMap<string, TensorValue>,
  tensorForm: TensorForm = 'values',
): serving.PredictResponse {
  return create(serving.PredictResponseSchema, {
    modelSpec: specOfAnswer(model, signature),
    outputs: Object.fromEntries([...outputs].map(([alias, value]) => [alias, protoOfTensor(value, tensorForm)])),
  });
}

function readInputs(
  signature: ServedSignature,
  inputs: Readonly<Record<string, tf.TensorProto>>,
): ReadonlyMap<string, TensorValue> {
  const sent = Object.keys(inputs).sort();
  const expected = Object.keys(signature.inputs).sort();
  const extra = sent.filter((alias) => !Object.hasOwn(signature.inputs, alias));
  if (sent.length !== expected.length) {
    const missing = expected.filter((alias) => !Object.hasOwn(inputs, alias));
    throw invalidArgument(
      `input size does not match signature: ${sent.length}!=${expected.length} len({${sent}}) != len({${expected}}). ` +
        `Sent extra: {${extra}}. Missing but required: {${missing}}.`,
    );
  }
  if (extra.length > 0) {
    throw invalidArgument(
      `input tensor alias not found in signature: ${extra[0]}. Inputs expected to be in the set {${expected}}.`,
    );
  }
  return new Map(Object.entries(inputs).map(([alias, proto]) => [alias, readTensor(alias, proto)]));
}

function readTensor(alias: string, proto: tf.TensorProto): TensorValue {
  try {
    return tensorOfProto(proto);
  } catch (error) {
    if (error instanceof TensorError) throw invalidArgument(`tensor parsing error: ${alias}: ${error.message}`);
    throw error;
  }
}

function checkFilter({ outputs }: ServedSignature, filter: readonly string[]): void {
  const seen = new Set<string>();
  for (const alias of filter) {
    if (!Object.hasOwn(outputs, alias)) {
      throw invalidArgument(
        `output tensor alias not found in signature: ${alias} Outputs expected to be in the set {${Object.keys(outputs).sort()}}.`,
      );
    }
    if (seen.has(alias)) throw invalidArgument(`duplicate output tensor alias: ${alias}`);
    seen.add(alias);
  }
}
