/** @file The SavedModel in a version's folder, for which TensorFlow Serving can be pointed at the same folder. */
import { asPictorError } from '../contracts/index.ts';
import { type SavedModelSource, writeSavedModel } from '../formats/index.ts';

export interface VersionSavedModel {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** For the manifest; says why when there is none. */
  readonly facts: { readonly missingSavedModel?: string };
}

/** A version is published without one rather than not at all: nothing here needs it, and a training would be lost. */
export function savedModelOf(source: SavedModelSource): VersionSavedModel {
  try {
    return { files: Object.fromEntries(writeSavedModel(source)), facts: {} };
  } catch (error) {
    return { files: {}, facts: { missingSavedModel: asPictorError(error).message } };
  }
}
