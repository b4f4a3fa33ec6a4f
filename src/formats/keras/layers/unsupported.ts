/** @file What to say about layers that are not supported. */
import { PictorError } from '../../../contracts/index.ts';
import type { LayerConfig } from '../config/model-config.ts';

export const SAVED_MODEL_FIX =
  'Export it as a SavedModel (model.export("FOLDER") in Keras 3, model.save("FOLDER") in Keras 2) and import that: it is served as it is, but not trained further.';

/** @param what of the layer is not supported, as the end of a sentence */
export function unsupportedLayer({ name, className }: LayerConfig, what: string): PictorError {
  return new PictorError('model_unsupported', `Layer "${name}" (${className}) ${what}.`, {
    fix: SAVED_MODEL_FIX,
    details: { layer: name },
  });
}
