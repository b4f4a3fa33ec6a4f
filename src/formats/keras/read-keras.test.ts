/** @file Models that Keras 2 and 3 wrote (scripts/keras-model-files.py) give Keras' answers; real files give TensorFlow's. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileGradients, describeNetwork } from '../../nn/index.ts';
import { hashed } from '../../nn/testing/hashed.ts';
import type { ImportedModel } from '../imported-model.ts';
import { readKeras } from './read-keras.ts';
import { farthest, runModel } from './testing/run-model.ts';

const fixtures = fileURLToPath(new URL('./testing/fixtures/models', import.meta.url));
const { count, stream, files } = JSON.parse(await readFile(path.join(fixtures, 'answers.json'), 'utf8')) as {
  readonly count: number;
  readonly stream: number;
  readonly files: Readonly<
    Record<string, { range: readonly [number, number]; parameters: number; answers: readonly number[][] }>
  >;
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pictor-keras-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fixture(name: string): Promise<string> {
  if (name.endsWith('.keras')) return path.join(fixtures, name);
  const file = path.join(folder, name);
  await writeFile(file, gunzipSync(await readFile(path.join(fixtures, `${name}.gz`))));
  return file;
}

const models = new Map<string, Promise<ImportedModel>>();
/** Each file is read once. */
function read(name: string): Promise<ImportedModel> {
  const model = models.get(name) ?? fixture(name).then((file) => readKeras(file));
  models.set(name, model);
  return model;
}

describe('readKeras', () => {
  it.each(Object.keys(files))("gives Keras' answers from %s", async (name) => {
    const { range, answers } = files[name];
    const model = await read(name);
    const { height, width, channels } = model.input!;
    const [low, high] = range;
    const pixels = hashed(count * height * width * channels, stream).map((x) => low + x * (high - low));
    expect(farthest(await runModel(model, Float32Array.from(pixels)), answers)).toBeLessThan(1e-5);
  });

  it('names input and output as TensorFlow serves them', async () => {
    const signatureOf = async (name: string) => (await read(name)).network!.signatures;
    expect(await signatureOf('input_range-keras2.h5')).toEqual({
      serving_default: { input: { name: 'image', kind: 'pixels' }, outputs: { dense: { kind: 'probabilities' } } },
    });
    expect(await signatureOf('input_range-keras3.keras')).toEqual({
      serving_default: { input: { name: 'image', kind: 'pixels' }, outputs: { output_0: { kind: 'probabilities' } } },
    });
    expect(await signatureOf('without_input_layer-keras2.h5')).toMatchObject({
      serving_default: { input: { name: 'first_input' } },
    });
  });

  it('tells what the file tells: who wrote it, what pixels mean, how many parameters', async () => {
    expect(await read('input_range-keras2.h5')).toMatchObject({
      format: 'keras-h5',
      producer: 'keras 2.21.0',
      inputRange: '0..255',
      answers: 'probabilities',
      labels: null,
      parameters: files['input_range-keras2.h5'].parameters,
    });
    expect(await read('nested-keras3.keras')).toMatchObject({
      format: 'keras',
      producer: 'keras 3.15.1',
      inputRange: '0..255',
      parameters: files['nested-keras3.keras'].parameters,
    });
    expect((await read('without_input_layer-keras2.h5')).inputRange).toBeNull();
  });

  it('takes a row of numbers for a square picture, and keeps the row in the signature', async () => {
    const { input, network } = await read('row-keras3.keras');
    expect(input).toEqual({ height: 4, width: 4, channels: 3 });
    expect(network!.signatures.serving_default.input.shape).toEqual([48]);
  });

  it('takes one sigmoid for the probability of the second class', async () => {
    const { network, warnings } = await read('binary-keras3.h5');
    expect(network!.signatures.serving_default.outputs).toEqual({ output_0: { kind: 'probabilities', classes: [1] } });
    expect(describeNetwork(network!.spec).layers.at(-1)!.outputShape).toEqual([2]);
    expect(warnings.join()).toContain('second of two classes');
  });

  it('keeps what is frozen, shares what is shared, and can be trained further', async () => {
    const nested = (await read('nested-keras3.keras')).network!.spec;
    expect(nested.nodes.filter(({ trainable }) => trainable === false).map(({ name }) => name)).toEqual([
      'conv2d',
      'batch_normalization_1',
      'deep',
      'batch_normalization',
    ]);
    const shared = (await read('shared-keras2.h5')).network!.spec;
    expect(shared.nodes.filter(({ weightsOf }) => weightsOf !== undefined)).toHaveLength(3);
    for (const spec of [nested, shared])
      expect(compileGradients(spec, { batchSize: 2 }).model.length).toBeGreaterThan(0);
  });
});

const data = process.env.PICTOR_DATA;
const title = data ? 'real files' : 'real files (skipped: PICTOR_DATA names no folder with them)';
describe.skipIf(!data)(title, () => {
  const folderOfModels = path.join(data ?? '', 'models');

  it.each([
    ['keras-h5/mnist_cnn_keras2.2.4.h5', 'mnist_cnn_keras2.2.4', 'mnist', 255, 'conv2d_1_input', 'dense_1'],
    ['keras-h5/mnist_cnn_keras2.10.h5', 'mnist_cnn_keras2.10', 'mnist', 1, 'conv2d_input', 'dense_3'],
    ['keras-v3/fashion_cnn_keras3.10.keras', 'fashion_cnn_keras3.10', 'fashion-mnist', 255, 'input_layer', 'output_0'],
  ])("%s gives TensorFlow's answers", async (file, reference, dataset, divisor, input, output) => {
    const expected = JSON.parse(
      await readFile(path.join(folderOfModels, 'reference', `${reference}.json`), 'utf8'),
    ) as {
      readonly outputs: readonly number[][];
    };
    const images = gunzipSync(await readFile(path.join(data!, dataset, 't10k-images-idx3-ubyte.gz'))).subarray(16);
    const pixels = Float32Array.from(images.subarray(0, expected.outputs.length * 784), (x) => x / divisor);
    const model = await readKeras(path.join(folderOfModels, file));
    expect(farthest(await runModel(model, pixels), expected.outputs)).toBeLessThan(1e-5);
    const { serving_default: signature } = model.network!.signatures;
    expect([signature.input.name, Object.keys(signature.outputs)]).toEqual([input, [output]]);
  });
});
