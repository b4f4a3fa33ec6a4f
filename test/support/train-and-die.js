/**
 * @file Trains with checkpoints every other step and kills itself, as hard as can be, after a given number of steps.
 *
 * Arguments: data directory, dataset file, the run to continue or `-`, steps until the kill or 0 for never, milliseconds
 * after that step, epochs. Prints the run's id, then, when it ends by itself, the model's version.
 */
import path from 'node:path';
import { prepareDataset } from '../../dist/dataset/index.js';
import { requestToResume, trainHere } from '../../dist/jobs/index.js';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  describeNetwork,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
} from '../../dist/nn/index.js';
import { openEmbeddedPlatform } from '../../dist/platform/index.js';
import { ModelRegistry } from '../../dist/registry/index.js';
import { imageShapeFor, planTraining, train } from '../../dist/training/index.js';

const [dataDirectory, dataset, resume, steps, delayMs, epochs] = process.argv.slice(2);

const network = sequential('blocks', { height: 12, width: 12, channels: 1 }, [
  rescaling({ scale: 1 / 255 }),
  conv2d({ filters: 4, kernelSize: [3, 3], useBias: false }),
  batchNormalization(),
  activation({ activation: 'relu' }),
  maxPooling2d({ poolSize: [2, 2] }),
  dropout({ rate: 0.3 }),
  flatten(),
  dense({ units: 3 }),
]);

let made = 0;
const killer = {
  name: 'killer',
  onTrainBatchEnd() {
    made++;
    if (made === Number(steps)) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(delayMs));
  },
};
const rooms = {
  prepareDataset,
  imageShapeFor,
  planTraining: (request, manifest) => ({
    ...planTraining(request, manifest),
    model: 'blocks',
    network,
    parameters: describeNetwork(network).parameterCount,
  }),
  train: (options) => train({ ...options, callbacks: [killer] }),
};

const platform = await openEmbeddedPlatform(path.join(dataDirectory, 'platform'));
const request =
  resume === '-'
    ? {
        dataset: { kind: 'file', path: dataset },
        name: 'blocks',
        model: 'tfaas-mnist',
        imageSize: [12, 12],
        optimizer: 'adam',
        learningRate: 0.003,
        epochs: Number(epochs),
        batchSize: 16,
        replicas: 2,
        augment: 'flip,rotation=0.05,brightness=0.1',
      }
    : await requestToResume({ platform, dataDirectory }, resume);
let said = false;
const run = await trainHere(request, {
  platform,
  dataDirectory,
  registry: new ModelRegistry(path.join(dataDirectory, 'models')),
  urls: { allowLoopback: false, allowPrivate: false },
  checkpoint: { everySteps: 2 },
  rooms,
  onRecord: ({ id }) => {
    if (!said) process.stdout.write(`${JSON.stringify({ run: id })}\n`);
    said = true;
  },
});
process.stdout.write(`${JSON.stringify({ version: run.model.version, epochs: run.history.length })}\n`);
await platform.close();
