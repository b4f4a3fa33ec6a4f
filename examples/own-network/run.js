/** @file Trains the network of `digit-net.ts`, asks it from the command line, then over TensorFlow Serving's protocol. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodePng, openSplit, parseDatasetSource, prepareDataset } from 'pictor/training';
import { expectAccuracy, pictor, withDataDirectory } from '../support/run.js';

/** Test accuracy that the README states. */
const STATED = 0.93;

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

await withDataDirectory(async (dataDirectory) => {
  const data = ['--data-dir', dataDirectory];
  const trained = pictor('train', 'sample:digits', '--name', 'digits', '--model', here('digit-net.ts'), ...data);
  expectAccuracy('test accuracy', trained.metrics.test_accuracy, STATED);

  const { file, digit } = await someDigit(dataDirectory);
  const { predictions } = pictor('predict', 'digits', file, '--top', '1', ...data);
  process.stdout.write(`a ${digit}: ${JSON.stringify(predictions)}\n`);
  if (!predictions[0].label.startsWith('digit ')) throw new Error(`the label is "${predictions[0].label}"`);

  const [answer] = await ask(dataDirectory, file);
  process.stdout.write(`vector of ${answer.vector.length} numbers, best: ${answer.best.join(', ')}\n`);
  if (answer.vector.length !== 32 || answer.best[0] !== predictions[0].label || answer.scores.length !== 3) {
    throw new Error(`the signature "describe" answered ${JSON.stringify(answer)}`);
  }
});

/**
 * A picture of the test split, as a file. The dataset was prepared for the training already.
 * @param {string} dataDirectory
 */
async function someDigit(dataDirectory) {
  const source = parseDatasetSource('sample:digits');
  const cacheDirectory = path.join(dataDirectory, 'cache', 'datasets');
  const image = /** @type {const} */ ({ height: 28, width: 28, channels: 1 });
  const { directory, manifest } = await prepareDataset(source, { cacheDirectory, image });
  const split = openSplit(directory, 'test');
  const pixels = new Uint8Array(split.imageBytes);
  split.readImages(Int32Array.of(0), pixels);
  const file = path.join(dataDirectory, 'digit.png');
  writeFileSync(file, await encodePng(pixels, image));
  const digit = manifest.classes[split.labels[0]];
  split.close();
  return { file, digit };
}

/**
 * Serves the model and asks the signature that `digit-net.ts` adds.
 * @param {string} dataDirectory
 * @param {string} file
 */
async function ask(dataDirectory, file) {
  const ports = ['--port', '0', '--rest-port', '0', '--grpc-port', '0'];
  const args = [here('../../bin/pictor'), 'up', ...ports, '--data-dir', dataDirectory, '--json'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await addressOf(server);
    const instances = [{ b64: readFileSync(file).toString('base64') }];
    const body = JSON.stringify({ signature_name: 'describe', instances });
    const response = await fetch(`${url}/v1/models/digits:predict`, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()).predictions;
  } finally {
    server.kill();
  }
}

/**
 * The server says where it is in its first line.
 * @param {import('node:child_process').ChildProcess} server
 * @returns {Promise<string>}
 */
async function addressOf({ stdout }) {
  if (!stdout) throw new Error('no output');
  for await (const line of createInterface(stdout)) {
    const { url } = JSON.parse(line);
    if (url) return url;
  }
  throw new Error('the server ended before it was ready');
}
