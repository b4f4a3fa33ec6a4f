/**
 * @file KServe's protocol v1, where it is not TensorFlow Serving's: the list of models, which the latter refuses, and the
 * status of a model, for which both have the same path. `:predict` is the same in both.
 */
import type { VersionStatus } from '../models/version-status.ts';
import { statusFields } from './documents.ts';
import { TfServingError } from './status.ts';

/** Its path, which has no name of a model. */
export const MODEL_LIST_PATH = '/v1/models';

export function modelListDocument(names: readonly string[]): string {
  return `${JSON.stringify({ models: names })}\n`;
}

/**
 * What clients of either look at.
 * @throws TfServingError UNAVAILABLE when no version answers, as KServe's clients expect
 */
export function sharedStatusDocument(name: string, versions: readonly VersionStatus[]): string {
  if (!versions.some(({ state }) => state === 'AVAILABLE')) {
    throw new TfServingError('UNAVAILABLE', `Model with name ${name} is not ready.`);
  }
  return `${JSON.stringify({ ...statusFields(versions), name, ready: true }, null, 1)}\n`;
}
