/** @file Reads a whole model from a `.keras` file: a zip with the description, the weights as HDF5, and who wrote it. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import { openHdf5 } from '../hdf5/reader.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { openModelZip } from '../zip/model-zip.ts';
import { assembleModel } from './assemble-model.ts';
import { fieldsOf, textOf } from './config/fields.ts';
import { parseModel } from './config/parse-model.ts';
import { readJson } from './config/read-json.ts';
import { notesIn } from './notes.ts';
import { majorOf } from './read-keras-h5.ts';
import { refuseLayers } from './refuse-layers.ts';
import { storedLayers } from './stored-layers.ts';

const FILES = { config: 'config.json', metadata: 'metadata.json', weights: 'model.weights.h5' } as const;
/** A description has some kB a layer. */
const MAX_JSON_BYTES = 64 << 20;
/** Larger ones are more than a network of ours may have. */
const MAX_WEIGHTS_BYTES = 4 * 2 ** 30;

/**
 * Nothing but three files of the archive is read, and the weights are the only one that is unpacked, to a folder of its own.
 * @throws `model_file_invalid` when the archive is damaged, holds pickles, or something is missing; `model_unsupported` when
 *   layers cannot be read, which are named
 */
export async function readKerasArchive(file: string, options: ReadOptions = {}): Promise<ImportedModel> {
  const fileName = path.basename(file);
  const zip = await openModelZip(file, fileName);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-keras-'));
  try {
    if (!zip.has(FILES.config)) {
      throw new PictorError(
        'model_file_invalid',
        `${fileName} is a zip archive without ${FILES.config}, so no .keras file.`,
        { fix: 'Save the model with model.save("NAME.keras").' },
      );
    }
    const config = readJson(await zip.readText(FILES.config, MAX_JSON_BYTES), `${FILES.config} of ${fileName}`);
    const metadata = zip.has(FILES.metadata)
      ? fieldsOf(readJson(await zip.readText(FILES.metadata, MAX_JSON_BYTES), `${FILES.metadata} of ${fileName}`))
      : {};
    const model = parseModel(config);
    refuseLayers(model);
    const version = textOf(metadata.keras_version) ?? undefined;
    const weights = path.join(folder, FILES.weights);
    if (!zip.has(FILES.weights)) throw withoutWeights(fileName, zip.names);
    await zip.extract(FILES.weights, weights, MAX_WEIGHTS_BYTES, options.signal);
    const reader = await openHdf5(weights, `${FILES.weights} of ${fileName}`);
    try {
      return await assembleModel(
        {
          format: 'keras',
          fileName,
          model,
          producer: version === undefined ? null : `keras ${version}`,
          // The format began with Keras 2.12, whose files say so.
          major: majorOf(version ?? '3'),
          notes: notesIn((name) => metadata[name]),
          stored: storedLayers(reader.contents, fileName),
          read: reader.read,
        },
        options,
      );
    } finally {
      await reader.close();
    }
  } finally {
    await zip.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function withoutWeights(fileName: string, names: readonly string[]): PictorError {
  const other = names.find((name) => /weights/.test(name));
  const found = other === undefined ? '' : ` (it has ${other})`;
  return new PictorError('model_file_invalid', `${fileName} has no ${FILES.weights}${found}.`, {
    fix: 'Save the model with model.save("NAME.keras"), in one piece.',
  });
}
