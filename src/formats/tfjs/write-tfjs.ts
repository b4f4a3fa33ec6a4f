/** @file Writes a layers model of TensorFlow.js: `model.json` and its shards of weights. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ModelNotes, writtenNotes } from '../keras/notes.ts';
import type { WrittenModel } from '../keras/write/keras-layers.ts';
import { legacyModelJson } from '../keras/write/model-json.ts';

/** As the converter of TensorFlow.js cuts them, for caches of browsers. */
const SHARD_BYTES = 4 << 20;
/** The version of Keras whose layers they are. */
const KERAS_VERSION = '2.15.0';

/** @param folder is made */
export async function writeTfjsFolder(folder: string, model: WrittenModel, notes: ModelNotes): Promise<void> {
  const weights = model.layers.flatMap((layer) =>
    layer.weights.map(({ name, shape, data }) => ({ name: `${layer.name}/${name}`, shape, data })),
  );
  const bytes = Buffer.concat(weights.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const paths = Array.from({ length: count }, (_, index) => `group1-shard${index + 1}of${count}.bin`);
  const description = {
    format: 'layers-model',
    generatedBy: `keras v${KERAS_VERSION}`,
    convertedBy: 'pictor',
    modelTopology: {
      keras_version: KERAS_VERSION,
      backend: 'tensorflow',
      model_config: legacyModelJson(model),
    },
    weightsManifest: [{ paths, weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) }],
    userDefinedMetadata: writtenNotes(notes),
  };
  await mkdir(folder, { recursive: true });
  for (const [index, name] of paths.entries()) {
    await writeFile(path.join(folder, name), bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES));
  }
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(description));
}
