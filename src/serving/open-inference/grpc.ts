/** @file Open Inference v2 over gRPC: what each method answers. */
import { create } from '@bufbuild/protobuf';
import type { TensorValue } from '../../contracts/index.ts';
import { inference } from '../../proto/index.ts';
import type { RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { contentsOfTensor, tensorOfContents } from './contents.ts';
import { DATATYPES } from './datatypes.ts';
import { infer, type Parameter } from './infer.ts';
import { classesOf } from './infer-json.ts';
import { modelMetadata } from './metadata.ts';
import { rawOfTensor, tensorOfRaw } from './raw.ts';
import { invalid } from './status.ts';
import { type Declared, declared } from './tensors.ts';

/** Answers in the form in which it was asked: raw bytes for raw bytes, lists for lists. @throws OpenInferenceError, and what the model throws */
export async function modelInfer(
  predictor: Predictor,
  request: inference.ModelInferRequest,
  options: RunOptions,
): Promise<inference.ModelInferResponse> {
  const { modelName, modelVersion, id, inputs, rawInputContents } = request;
  const isRaw = rawInputContents.length > 0;
  const outputs = request.outputs.map(({ name, parameters }) => ({
    name,
    classes: classesOf(name, plain(parameters)),
  }));
  const answer = await infer(
    predictor,
    {
      model: modelName,
      version: modelVersion,
      parameters: plain(request.parameters),
      inputs: readInputs(modelName, inputs, rawInputContents),
      outputs,
    },
    options,
  );
  return create(inference.ModelInferResponseSchema, {
    modelName: answer.model,
    modelVersion: answer.version,
    id,
    outputs: answer.outputs.map(({ name, value }) => ({
      name,
      datatype: DATATYPES[value.dtype],
      shape: value.shape.map(BigInt),
      ...(isRaw ? {} : { contents: contentsOfTensor(name, value) }),
    })),
    ...(isRaw ? { rawOutputContents: answer.outputs.map(({ value }) => rawOfTensor(value)) } : {}),
  });
}

/** @throws OpenInferenceError */
export async function modelMetadataMessage(
  predictor: Predictor,
  { name, version }: inference.ModelMetadataRequest,
): Promise<inference.ModelMetadataResponse> {
  const { inputs, outputs, versions, platform, properties } = await modelMetadata(predictor, name, version);
  const message = (tensors: typeof inputs) =>
    tensors.map((tensor) => ({ ...tensor, shape: tensor.shape.map((size) => BigInt(size)) }));
  return create(inference.ModelMetadataResponseSchema, {
    ...{ name, platform, properties },
    versions: [...versions],
    inputs: message(inputs),
    outputs: message(outputs),
  });
}

function readInputs(
  model: string,
  inputs: readonly inference.ModelInferRequest_InferInputTensor[],
  raw: readonly Uint8Array[],
): ReadonlyMap<string, TensorValue> {
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw invalid(
      `the number of inputs (${inputs.length}) does not match the expected number of raw input contents (${raw.length}) for model '${model}'.`,
    );
  }
  const values = new Map<string, TensorValue>();
  for (const [index, input] of inputs.entries()) {
    const { name, datatype, shape } = input;
    if (values.has(name)) throw invalid(`input '${name}' comes twice`);
    const tensor = declared(name, datatype, shape);
    values.set(name, raw.length > 0 ? rawValue(model, tensor, input, raw[index]) : listValue(tensor, input));
  }
  return values;
}

function rawValue(
  model: string,
  tensor: Declared,
  { contents }: inference.ModelInferRequest_InferInputTensor,
  raw: Uint8Array,
): TensorValue {
  if (contents) {
    throw invalid(
      `contents field must not be specified when using raw_input_contents for input '${tensor.name}' for model '${model}'`,
    );
  }
  return tensorOfRaw(tensor, raw);
}

function listValue(tensor: Declared, { contents }: inference.ModelInferRequest_InferInputTensor): TensorValue {
  return tensorOfContents(tensor, contents ?? create(inference.InferTensorContentsSchema));
}

function plain(parameters: Readonly<Record<string, inference.InferParameter>>): ReadonlyMap<string, Parameter> {
  const entries = Object.entries(parameters).flatMap(([name, { parameterChoice }]) =>
    parameterChoice.value === undefined ? [] : [[name, parameterChoice.value] as const],
  );
  return new Map(entries);
}
