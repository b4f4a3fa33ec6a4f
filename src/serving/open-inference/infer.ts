/** @file One inference, whatever carried it: the signature that is meant, the model's checks, the outputs as they were asked for. */
import { performance } from 'node:perf_hooks';
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import type { ModelInUse, ModelTarget, RunOptions } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { DEFAULT_SIGNATURE, type ServedSignature, type ServedTensor } from '../signatures/served.ts';
import { classification } from './classification.ts';
import { DATATYPES } from './datatypes.ts';
import { invalid, OpenInferenceError } from './status.ts';

export type Parameter = string | number | bigint | boolean;
/** Names are the client's. */
export type Parameters = ReadonlyMap<string, Parameter>;

export interface RequestedOutput {
  readonly name: string;
  /** So many of the highest values as texts `value:index:label`; 0: the tensor itself. */
  readonly classes: number;
}

export interface InferRequest {
  readonly model: string;
  /** Empty: the latest. */
  readonly version: string;
  readonly parameters: Parameters;
  /** Names of the inputs, and what reads them once the model is known. */
  readonly inputs: InferInputs;
  /** Empty: all of the signature. */
  readonly outputs: readonly RequestedOutput[];
}

export type InferInputs =
  | ReadonlyMap<string, TensorValue>
  /** For a model with one input: its bytes, of which type and shape are the model's. */
  | ((name: string, info: ServedTensor) => TensorValue);

export interface InferAnswer {
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly { readonly name: string; readonly value: TensorValue }[];
}

/** @throws OpenInferenceError, and what the model throws */
export function infer(predictor: Predictor, request: InferRequest, options: RunOptions): Promise<InferAnswer> {
  const { parameters, outputs } = request;
  const limits = runOptions(parameters, options);
  return useModel(predictor, request.model, request.version, async (model) => {
    const name = signatureOf(model, parameters, request.inputs);
    const signature = model.signatures[name];
    const inputs = readInputs(model, signature, request.inputs);
    const wanted = wantedOutputs(model, signature, outputs);
    const values = await model.run(name, inputs, { ...limits, outputs: wanted.map((output) => output.name) });
    return {
      model: model.name,
      version: String(model.version),
      outputs: wanted.map(({ name: output, classes }) => {
        const value = values.get(output) as TensorValue;
        return { name: output, value: classes === 0 ? value : classification(output, value, classes, model.labels) };
      }),
    };
  });
}

/** @throws OpenInferenceError when there is no such model or version */
export async function useModel<T>(
  predictor: Predictor,
  name: string,
  version: string,
  work: (model: ModelInUse) => Promise<T>,
): Promise<T> {
  if (version !== '' && !/^\d{1,19}$/.test(version)) {
    throw invalid(
      `failed to get model version from specified version string '${version.slice(0, 40)}' (it must be a number)`,
    );
  }
  const target: ModelTarget = version === '' ? { name } : { name, version: BigInt(version) };
  try {
    return await predictor.use(target, work);
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    if (error.code !== 'model_not_found' && error.code !== 'model_version_not_found') throw error;
    const which = version === '' ? `'${name}'` : `'${name}' version ${version}`;
    throw new OpenInferenceError('NOT_FOUND', `Request for unknown model: ${which} is not found`);
  }
}

/** Triton's reserved parameters: microseconds, and 1 for what goes first. */
function runOptions(parameters: Parameters, options: RunOptions): RunOptions {
  if (parameters.size === 0) return options;
  const timeout = Number(parameters.get('timeout') ?? 0);
  const priority = Number(parameters.get('priority') ?? 0);
  const own = timeout > 0 ? { deadline: performance.now() + timeout / 1000 } : {};
  const deadline = Math.min(options.deadline ?? Number.POSITIVE_INFINITY, own.deadline ?? Number.POSITIVE_INFINITY);
  return {
    ...options,
    ...(Number.isFinite(deadline) ? { deadline } : {}),
    // Here higher goes first, and 0 is what nobody chose.
    ...(priority > 0 ? { priority: 1 / priority } : {}),
  };
}

/**
 * The protocol has no signatures. Meant is the one that the parameter `signature_name` names, else `serving_default` (or a
 * model's only one), else the one that has exactly the inputs that came.
 */
function signatureOf({ name, signatures }: ModelInUse, parameters: Parameters, inputs: InferInputs): string {
  const given = parameters.get('signature_name');
  if (given !== undefined) {
    if (typeof given === 'string' && Object.hasOwn(signatures, given)) return given;
    throw invalid(`model '${name}' has no signature '${given}'`);
  }
  const main = mainSignature(signatures);
  if (typeof inputs === 'function') return main;
  const fits = (signature: ServedSignature) =>
    Object.keys(signature.inputs).length === inputs.size &&
    [...inputs.keys()].every((input) => Object.hasOwn(signature.inputs, input));
  if (fits(signatures[main])) return main;
  return Object.keys(signatures).find((candidate) => fits(signatures[candidate])) ?? main;
}

/** The signature that metadata shows. */
export function mainSignature(signatures: ModelInUse['signatures']): string {
  return Object.hasOwn(signatures, DEFAULT_SIGNATURE) ? DEFAULT_SIGNATURE : Object.keys(signatures)[0];
}

function readInputs(
  { name: model }: ModelInUse,
  { inputs: expected }: ServedSignature,
  inputs: InferInputs,
): ReadonlyMap<string, TensorValue> {
  const names = Object.keys(expected);
  if (typeof inputs === 'function') {
    if (names.length === 1) return new Map([[names[0], inputs(names[0], expected[names[0]])]]);
    throw invalid(`model '${model}' has ${names.length} inputs; a raw binary request can hold only one`);
  }
  for (const [name, { dtype }] of inputs) {
    if (!Object.hasOwn(expected, name)) {
      throw invalid(`unexpected inference input '${name}' for model '${model}', expected are: ${names.join(', ')}`);
    }
    if (dtype === expected[name].dtype) continue;
    throw invalid(
      `inference input '${name}' data-type is '${DATATYPES[dtype]}', but model '${model}' expects '${DATATYPES[expected[name].dtype]}'`,
    );
  }
  const missing = names.filter((name) => !inputs.has(name));
  if (missing.length === 0) return inputs;
  throw invalid(
    `expected ${names.length} inputs but got ${inputs.size} inputs for model '${model}'. ` +
      `Missing required input(s): ${missing.join(', ')}`,
  );
}

function wantedOutputs(
  { name: model }: ModelInUse,
  { outputs }: ServedSignature,
  requested: readonly RequestedOutput[],
): readonly RequestedOutput[] {
  const names = Object.keys(outputs);
  if (requested.length === 0) return names.map((name) => ({ name, classes: 0 }));
  const seen = new Set<string>();
  for (const { name } of requested) {
    if (!Object.hasOwn(outputs, name)) {
      throw invalid(`unexpected inference output '${name}' for model '${model}', there are: ${names.join(', ')}`);
    }
    if (seen.has(name)) throw invalid(`inference output '${name}' is asked for twice`);
    seen.add(name);
  }
  return requested;
}
