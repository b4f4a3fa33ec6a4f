/** @file Reads a model file or folder of any format that has a reader. */
import type { ModelFormat } from '../../contracts/index.ts';
import type { ImportedModel, ModelReader, ReadOptions } from '../imported-model.ts';
import { readKeras } from '../keras/read-keras.ts';
import { readOnnx } from '../onnx/read-onnx.ts';
import { readPictor } from '../pictor/read-pictor.ts';
import { readSavedModel } from '../tensorflow/read/read-saved-model.ts';
import { readTfaas } from '../tfaas/read-tfaas.ts';
import { readTfjs } from '../tfjs/read-tfjs.ts';
import { findModel } from './detect.ts';

const READERS: Readonly<Record<ModelFormat, ModelReader>> = {
  pictor: readPictor,
  keras: readKeras,
  'keras-h5': readKeras,
  tfjs: readTfjs,
  onnx: readOnnx,
  savedmodel: readSavedModel,
  tfaas: readTfaas,
};

export interface ImportOptions extends ReadOptions {
  /** Default: by the content. */
  readonly format?: ModelFormat;
}

/**
 * Reads a model from a file or folder: Keras `.keras` and `.h5`, TF.js, SavedModel, TFaaS, ONNX.
 * @throws `model_format_unknown`; `model_file_invalid` when it is damaged; `model_unsupported` when it holds layers or
 *   operators that cannot be run here, all of which are named
 */
export async function importModel(place: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const found = options.format ? { format: options.format, path: place } : await findModel(place);
  return READERS[found.format](found.path, options);
}
