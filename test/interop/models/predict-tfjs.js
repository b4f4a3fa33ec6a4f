/**
 * @file What TensorFlow.js answers with layers models that Pictor wrote: `node predict-tfjs.js FOLDER`, where tfjs is found from
 * the folder that `PICTOR_INTEROP_TFJS` names. For every FOLDER/NAME.json (`{ shape, pixels }`) and FOLDER/NAME/model.json it
 * writes FOLDER/NAME.answers, as JSON: `{ shape, values }` or `{ error }`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const tf = createRequire(path.join(process.env.PICTOR_INTEROP_TFJS, 'index.js'))('@tensorflow/tfjs');
const folder = process.argv[2];

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const name = file.slice(0, -'.json'.length);
  const { shape, pixels } = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  let answer;
  try {
    const model = await tf.loadLayersModel({ load: async () => load(path.join(folder, name)) });
    const result = model.predict(tf.tensor(pixels, shape));
    answer = { shape: result.shape, values: [...result.dataSync()] };
    tf.disposeVariables();
  } catch (error) {
    answer = { error: String(error) };
  }
  writeFileSync(path.join(folder, `${name}.answers`), JSON.stringify(answer));
}

/** @param {string} place as a browser would fetch it */
function load(place) {
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(
    readFileSync(path.join(place, 'model.json'), 'utf8'),
  );
  const [{ paths, weights }] = weightsManifest;
  const bytes = Buffer.concat(paths.map((name) => readFileSync(path.join(place, name))));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return { modelTopology, weightSpecs: weights, weightData, userDefinedMetadata };
}
