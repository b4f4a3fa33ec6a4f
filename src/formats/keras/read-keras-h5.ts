/** @file Reads a whole model from Keras' HDF5 files, of Keras 1, 2 and 3. */
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import type { Hdf5Contents } from '../hdf5/contents.ts';
import { openHdf5 } from '../hdf5/reader.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { assembleModel } from './assemble-model.ts';
import { parseModel } from './config/parse-model.ts';
import { readJson } from './config/read-json.ts';
import { notesIn } from './notes.ts';
import { refuseLayers } from './refuse-layers.ts';
import { storedLayers } from './stored-layers.ts';

/**
 * @throws `model_file_invalid` when the file is no HDF5, damaged, or has weights without a description of the layers;
 *   `model_unsupported` when layers cannot be read, which are named
 */
export async function readKerasH5(file: string, options: ReadOptions = {}): Promise<ImportedModel> {
  const fileName = path.basename(file);
  const reader = await openHdf5(file, fileName);
  try {
    const root = reader.contents.groups.get('/');
    const description = root?.get('model_config')?.[0];
    if (description === undefined) throw withoutDescription(reader.contents, fileName);
    const model = parseModel(readJson(description, fileName));
    refuseLayers(model);
    const version =
      root?.get('keras_version')?.[0] ?? reader.contents.groups.get('/model_weights')?.get('keras_version')?.[0];
    return await assembleModel(
      {
        format: 'keras-h5',
        fileName,
        model,
        producer: version === undefined ? null : `keras ${version}`,
        major: majorOf(version),
        notes: notesIn((name) => root?.get(name)?.[0]),
        stored: storedLayers(reader.contents, fileName),
        read: reader.read,
      },
      options,
    );
  } finally {
    await reader.close();
  }
}

/** Files without a version are of Keras 1. */
export function majorOf(version: string | undefined): number {
  const major = Number.parseInt(version ?? '1', 10);
  return Number.isInteger(major) ? major : 2;
}

function withoutDescription(contents: Hdf5Contents, fileName: string): PictorError {
  // Tells files of something else apart.
  storedLayers(contents, fileName);
  return new PictorError(
    'model_file_invalid',
    `${fileName} holds weights without the architecture they belong to: it has no model_config.`,
    {
      fix: 'Save the whole model with model.save("NAME.keras"), or start a training from the weights: pictor train … --model PRESET --weights FILE.',
    },
  );
}
