/**
 * @file Trains one of the presets with TensorFlow.js on its CPU backend, plain JavaScript, on random pictures.
 * Usage: node tfjs_training.js FOLDER_WITH_THE_PACKAGE PRESET IMAGES BATCH_SIZE
 * Prints {"imagesPerSecond", "peakMegabytes", "version"}. One batch warms up; then all pictures count, once.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, preset, imageCount, batch] = process.argv.slice(2);
const tf = createRequire(path.join(path.resolve(folder), 'package.json'))('@tensorflow/tfjs');
const [images, batchSize] = [Number(imageCount), Number(batch)];

const conv = (/** @type {number} */ filters, /** @type {number} */ kernelSize, /** @type {object} */ more = {}) =>
  tf.layers.conv2d({ filters, kernelSize, activation: 'relu', ...more });
const pool = () => tf.layers.maxPooling2d({ poolSize: 2 });
const mean = () => tf.layers.averagePooling2d({ poolSize: 2 });
const dense = (/** @type {number} */ units, /** @type {object} */ more = {}) => tf.layers.dense({ units, ...more });
const dropout = (/** @type {number} */ rate) => tf.layers.dropout({ rate });
const flatten = () => tf.layers.flatten();
const same = { padding: 'same' };
const tanh = { activation: 'tanh' };

/** @type {Record<string, { shape: number[], classes: number, layers: any[] }>} */
const NETWORKS = {
  'nitric-cnn': {
    shape: [180, 180, 3],
    classes: 5,
    layers: [
      ...[conv(16, 3, same), pool(), conv(32, 3, same), pool(), conv(64, 3, same), pool()],
      ...[dropout(0.2), flatten(), dense(128, { activation: 'relu' })],
    ],
  },
  'tfaas-mnist': {
    shape: [28, 28, 1],
    classes: 10,
    layers: [conv(32, 3), pool(), conv(64, 3), pool(), flatten(), dropout(0.5)],
  },
  'keras-mnist': {
    shape: [28, 28, 1],
    classes: 10,
    layers: [
      ...[conv(32, 3), conv(64, 3), pool(), dropout(0.25), flatten()],
      ...[dense(128, { activation: 'relu' }), dropout(0.5)],
    ],
  },
  lenet: {
    shape: [28, 28, 3],
    classes: 10,
    layers: [...[conv(6, 5, tanh), mean(), conv(16, 3, tanh), mean(), conv(120, 3, tanh), flatten()], dense(84, tanh)],
  },
};

const { shape, classes, layers } = NETWORKS[preset];
await tf.setBackend('cpu');
const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: shape }), ...layers, dense(classes)] });
const loss = (/** @type {any} */ labels, /** @type {any} */ logits) => tf.losses.softmaxCrossEntropy(labels, logits);
model.compile({ optimizer: tf.train.adam(1e-3), loss });
const x = tf.randomUniform([images, ...shape], 0, 1, 'float32', 1);
const labels = Array.from({ length: images }, (_, index) => index % classes);
const y = tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat();
await model.trainOnBatch(x.slice(0, Math.min(batchSize, images)), y.slice(0, Math.min(batchSize, images)));
const start = performance.now();
await model.fit(x, y, { batchSize, epochs: 1, verbose: 0 });
const seconds = (performance.now() - start) / 1000;
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  `${JSON.stringify({ imagesPerSecond: images / seconds, peakMegabytes, version: tf.version.tfjs })}\n`,
);
