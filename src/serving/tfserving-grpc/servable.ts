/** @file Which servable a request means, in the words of TensorFlow Serving when there is none. */
import { create } from '@bufbuild/protobuf';
import { PictorError } from '../../contracts/index.ts';
import { serving } from '../../proto/index.ts';
import type { ModelInUse, ModelTarget } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { DEFAULT_SIGNATURE } from '../signatures/served.ts';
import { invalidArgument, TfServingError } from '../tfserving/status.ts';

/** A `ModelSpec` that names a model. */
export interface ServableSpec {
  readonly name: string;
  readonly version: bigint | null;
  readonly label: string | null;
  /** `serving_default` when the request names none. */
  readonly signature: string;
}

/** @throws TfServingError when there is no spec, or no name in it */
export function servableSpec(spec: serving.ModelSpec | undefined): ServableSpec {
  if (!spec) throw invalidArgument('Missing ModelSpec');
  if (spec.name === '') throw invalidArgument('ModelSpec has no name specified.');
  const { name, versionChoice } = spec;
  return {
    name,
    version: versionChoice.case === 'version' ? versionChoice.value.value : null,
    label: versionChoice.case === 'versionLabel' ? versionChoice.value : null,
    signature: spec.signatureName === '' ? DEFAULT_SIGNATURE : spec.signatureName,
  };
}

/** Runs `work` with the version that is meant. @throws TfServingError in the reference's words when there is none */
export async function useServable<T>(
  predictor: Pick<Predictor, 'use'>,
  { name, version, label }: Pick<ServableSpec, 'name' | 'version' | 'label'>,
  work: (model: ModelInUse) => Promise<T>,
): Promise<T> {
  const wanted = version === null ? `Latest(${name})` : `Specific(${name}, ${version})`;
  const notFound = () => new TfServingError('NOT_FOUND', `Servable not found for request: ${wanted}`);
  const target: ModelTarget = { name, ...(version === null ? {} : { version }), ...(label === null ? {} : { label }) };
  try {
    return await predictor.use(target, work);
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    if (error.code === 'model_label_not_found') throw invalidArgument(`Unrecognized servable version label: ${label}`);
    if (error.code === 'model_not_found' || error.code === 'model_version_not_found') throw notFound();
    throw error;
  }
}

/** What answers say of the servable: the version and the signature that were called. */
export function specOfAnswer({ name, version }: ModelInUse, signatureName: string): serving.ModelSpec {
  const versionChoice = { case: 'version', value: { value: BigInt(version) } } as const;
  return create(serving.ModelSpecSchema, { name, versionChoice, signatureName });
}
