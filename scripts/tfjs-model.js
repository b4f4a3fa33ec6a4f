/**
 * @file A layers model of TensorFlow.js itself, as an oracle for the tests of src/formats/tfjs.
 *
 * Makes src/formats/tfjs/testing/fixtures. Made with Node 20.20 and @tensorflow/tfjs 4.22.0:
 *     npm install --prefix FOLDER --no-save @tensorflow/tfjs@4.22.0 && node scripts/tfjs-model.js FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tf = createRequire(path.join(path.resolve(process.argv[2]), 'index.js'))('@tensorflow/tfjs');
const folder = fileURLToPath(new URL('../src/formats/tfjs/testing/fixtures', import.meta.url));
mkdirSync(folder, { recursive: true });

/** As `hashed` in src/nn/testing/hashed.ts. */
function hashed(count, stream) {
  return Array.from({ length: count }, (_, index) => {
    let h = (Math.imul(index, 2654435761) + Math.imul(stream, 0x9e3779b9)) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) >>> 0;
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39) >>> 0;
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
  });
}

const picture = tf.input({ shape: [7, 6, 3], name: 'picture' });
const convolution = tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'hardSigmoid' });
const normal = tf.layers.batchNormalization();
const depthwise = tf.layers.depthwiseConv2d({ kernelSize: 3, activation: 'relu' });
const dense = tf.layers.dense({ units: 3, activation: 'softmax', name: 'scores' });
const first = normal.apply(convolution.apply(picture));
const joined = tf.layers.add().apply([first, tf.layers.leakyReLU({ alpha: 0.1 }).apply(first)]);
const model = tf.model({
  inputs: picture,
  outputs: dense.apply(tf.layers.flatten().apply(depthwise.apply(joined))),
});
for (const [index, layer] of model.layers.entries()) {
  layer.setWeights(
    layer.getWeights().map(({ shape }, weight) => {
      const count = shape.reduce((product, side) => product * side, 1);
      const numbers = hashed(count, 20 + index * 10 + weight).map((x) => (shape.length === 1 ? x + 0.2 : x - 0.5));
      return tf.tensor(numbers, shape);
    }),
  );
}
model.setUserDefinedMetadata({ labels: ['cat', 'dog', 'owl'] });

const shape = [2, 7, 6, 3];
const answers = model.predict(tf.tensor(hashed(2 * 7 * 6 * 3, 5), shape)).arraySync();
await model.save({
  save: async ({ modelTopology, weightSpecs, weightData, generatedBy, userDefinedMetadata }) => {
    const bytes = Buffer.from(weightData);
    const [first, second] = [bytes.subarray(0, 300), bytes.subarray(300)];
    writeFileSync(path.join(folder, 'weights-1.bin'), first);
    writeFileSync(path.join(folder, 'weights-2.bin'), second);
    const weightsManifest = [{ paths: ['weights-1.bin', 'weights-2.bin'], weights: weightSpecs }];
    const description = { format: 'layers-model', generatedBy, modelTopology, weightsManifest, userDefinedMetadata };
    writeFileSync(path.join(folder, 'model.json'), JSON.stringify(description));
    return {};
  },
});
writeFileSync(path.join(folder, 'answers.json'), `${JSON.stringify(answers)}\n`);
