/** @file Writes `.keras` files: a zip with the description, the weights as HDF5, and who wrote it. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { EMPTY_GROUP, type Hdf5Group, withDataset } from '../../hdf5/tree.ts';
import { writeHdf5 } from '../../hdf5/writer.ts';
import { writeZip } from '../../zip/write-zip.ts';
import { type ModelNotes, writtenNotes } from '../notes.ts';
import type { WrittenModel } from './keras-layers.ts';
import { currentModelJson, layerKeys } from './model-json.ts';

/** The version whose format this is; Keras 3.0 and later read it. */
const KERAS_VERSION = '3.0.0';
/** Layers that keep the state of a generator of random numbers among their weights. */
const RANDOM_LAYERS: ReadonlySet<string> = new Set(['Dropout', 'SpatialDropout2D']);

export async function writeKerasFile(target: string, model: WrittenModel, notes: ModelNotes): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-keras-'));
  try {
    const weights = path.join(folder, 'model.weights.h5');
    await writeHdf5(weights, weightsTree(model));
    const metadata = {
      keras_version: KERAS_VERSION,
      date_saved: new Date().toISOString().slice(0, 19).replace('T', '@'),
      ...writtenNotes(notes),
    };
    await writeZip(target, [
      { name: 'metadata.json', bytes: Buffer.from(JSON.stringify(metadata)) },
      { name: 'config.json', bytes: Buffer.from(JSON.stringify(currentModelJson(model))) },
      { name: 'model.weights.h5', file: weights },
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function weightsTree(model: WrittenModel): Hdf5Group {
  const keys = layerKeys(model);
  return model.layers.reduce((tree, layer) => {
    const vars = `layers/${keys.get(layer.name)}`;
    const withWeights = layer.weights.reduce(
      (group, weight, index) => withDataset(group, `${vars}/vars/${index}`, weight),
      tree,
    );
    if (!RANDOM_LAYERS.has(layer.className)) return withWeights;
    return withDataset(withWeights, `${vars}/seed_generator/vars/0`, { shape: [2], data: Uint32Array.of(1, 0) });
  }, EMPTY_GROUP);
}
