/** @file Loads the weights of a Keras HDF5 file into a network. */
import path from 'node:path';
import type { NetworkSpec, WeightTensor } from '../../contracts/index.ts';
import { headLayers } from '../../nn/index.ts';
import { openHdf5 } from '../hdf5/reader.ts';
import { type LoadedWeights, weightsMismatch } from '../weights-match.ts';
import { kerasLayers } from './layouts.ts';
import { matchLayers } from './match.ts';
import { readFinite } from './read-finite.ts';
import { storedLayers } from './stored-layers.ts';

/**
 * Reads what belongs to the network and nothing else; tensors are compared by shape before a number is read.
 *
 * @param file in any of Keras' HDF5 layouts: weights alone (also those of keras.applications, with and without their top),
 *   a whole model, or the `.weights.h5` of Keras 3
 * @param name of the file, for messages
 * @returns weights in our layout. The head (see `headLayers`) is left out where the file has none, or one for another
 *   number of classes
 * @throws `model_file_invalid` when the file cannot be read, is truncated, or holds something that is not a number;
 *   `weights_mismatch` when it belongs to another architecture, listing the first ten tensors that differ
 */
export async function loadKerasWeights(
  file: string,
  spec: NetworkSpec,
  name = path.basename(file),
): Promise<LoadedWeights> {
  const reader = await openHdf5(file, name);
  try {
    const head = headLayers(spec);
    const stored = storedLayers(reader.contents, name);
    const { pairs, fresh, unused, differences } = matchLayers(kerasLayers(spec), stored, (layer) => head.has(layer));
    if (differences.length > 0) throw weightsMismatch(spec.name, name, differences);
    const weights = new Map<string, WeightTensor>();
    for (const { parameter, tensor } of pairs) {
      const data = await readFinite(reader.read, tensor, name);
      weights.set(parameter.name, { shape: parameter.ownShape, data: parameter.convert(data) });
    }
    return { weights, fresh, unused };
  } finally {
    await reader.close();
  }
}
