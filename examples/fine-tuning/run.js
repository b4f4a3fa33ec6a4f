/**
 * @file Few pictures of something new: a network that has seen thousands of others needs fewer of them. First weights come
 * from a model that was trained before; beside it, the same network is trained from scratch on the few pictures alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodePng, openSplit, parseDatasetSource, prepareDataset } from 'pictor/training';
import { expectAccuracy, pictor, withDataDirectory } from '../support/run.js';

/** Test accuracy that the README states, and by how much it is better than from scratch. */
const STATED = 0.8;
const STATED_GAIN = 0.15;

const PER_CLASS = { train: 6, test: 40 };

await withDataDirectory(async (dataDirectory) => {
  const data = ['--data-dir', dataDirectory];
  const model = ['--model', 'tfaas-mnist'];
  pictor('train', 'sample:digits', '--name', 'base', ...model, '--epochs', '4', ...data);

  const few = await drawnOnBoard(dataDirectory);
  const options = [...model, '--batch-size', '16', '--validation-split', '0', ...data];
  const phases = ['--epochs', '12', '--fine-tune-epochs', '12', '--fine-tune-rate', '0.0005'];
  const tuned = pictor('train', few, '--name', 'tuned', '--weights', 'base:1', ...phases, ...options);
  const scratch = pictor('train', few, '--name', 'scratch', '--epochs', '24', ...options);

  expectAccuracy('tuned', tuned.metrics.test_accuracy, STATED);
  expectAccuracy('gain over scratch', tuned.metrics.test_accuracy - scratch.metrics.test_accuracy, STATED_GAIN);
});

/**
 * Another dataset: six digits of each class, in pale chalk on an unevenly lit board, as PNG files.
 * @param {string} dataDirectory
 * @returns {Promise<string>} its folder
 */
async function drawnOnBoard(dataDirectory) {
  const cacheDirectory = path.join(dataDirectory, 'cache', 'datasets');
  const { directory, manifest } = await prepareDataset(parseDatasetSource('sample:digits'), { cacheDirectory });
  const folder = path.join(dataDirectory, 'on-board');
  for (const name of /** @type {const} */ (['train', 'test'])) {
    const split = openSplit(directory, name);
    const done = manifest.classes.map(() => 0);
    for (let i = 0; i < split.count; i++) {
      const label = split.labels[i];
      if (done[label] === PER_CLASS[name]) continue;
      const pixels = new Uint8Array(split.imageBytes);
      split.readImages(Int32Array.of(i), pixels);
      const board = pixels.map((chalk, p) => 30 + (p % manifest.image.width) * 3 + chalk / 2);
      const place = path.join(folder, name, manifest.classes[label]);
      mkdirSync(place, { recursive: true });
      writeFileSync(path.join(place, `${done[label]++}.png`), await encodePng(board, manifest.image));
    }
    split.close();
  }
  return folder;
}
