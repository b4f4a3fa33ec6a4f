/** @file Writes a whole model as HDF5, in the layout that Keras 2 and 3 read. */
import { EMPTY_GROUP, type Hdf5Group, withDataset } from '../../hdf5/tree.ts';
import { writeHdf5 } from '../../hdf5/writer.ts';
import { type ModelNotes, writtenNotes } from '../notes.ts';
import type { WrittenLayer, WrittenModel } from './keras-layers.ts';
import { legacyModelJson } from './model-json.ts';

/** The version whose format this is. Keras 2 from 2.6 reads it, and Keras 3. */
const VERSION = { backend: 'tensorflow', keras_version: '2.15.0' };

export async function writeH5File(target: string, model: WrittenModel, notes: ModelNotes): Promise<void> {
  const description = { model_config: asciiJson(legacyModelJson(model)) };
  const noted = Object.entries(writtenNotes(notes)).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : asciiJson(value)];
  });
  const groups = Object.fromEntries(model.layers.map((layer) => [layer.name, layerGroup(layer)]));
  const layer_names = [model.input, ...model.layers.map(({ name }) => name)];
  await writeHdf5(target, {
    ...EMPTY_GROUP,
    attributes: { ...VERSION, ...description, ...Object.fromEntries(noted) },
    groups: {
      model_weights: {
        ...EMPTY_GROUP,
        attributes: { ...VERSION, layer_names },
        groups: { [model.input]: EMPTY_GROUP, ...groups },
      },
    },
  });
}

function layerGroup({ name, weights }: WrittenLayer): Hdf5Group {
  const named = weights.map((weight) => ({ ...weight, path: `${name}/${weight.name}:0` }));
  const empty: Hdf5Group = { ...EMPTY_GROUP, attributes: { weight_names: named.map(({ path }) => path) } };
  return named.reduce((group, { path, shape, data }) => withDataset(group, path, { shape, data }), empty);
}

/** Texts that every version of h5py gives alike. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
