/** @file Real models of other tools (of PICTOR_DATA): imported, they answer as TensorFlow does. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InputRange } from '../src/contracts/index.ts';
import { importToRegistry } from '../src/jobs/index.ts';
import { ModelRegistry } from '../src/registry/index.ts';
import { createInferencePool, type InferencePool } from '../src/runtime/index.ts';
import { Predictor } from '../src/serving/index.ts';

const data = process.env.PICTOR_DATA ?? '';
const PIXELS = 28 * 28;

interface Reference {
  readonly outputs: readonly (readonly number[])[];
  readonly accuracy_on_all_10000_test_images: number;
}

let directory: string;
let registry: ModelRegistry;
let pool: InferencePool;
let predictor: Predictor;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pictor-model-files-'));
  registry = new ModelRegistry(path.join(directory, 'models'));
  pool = createInferencePool({ threads: 2 });
  predictor = new Predictor({ registry, pool });
  await predictor.start();
});
afterAll(async () => {
  await predictor.close();
  await pool.close();
  await rm(directory, { recursive: true, force: true });
});

async function imported(file: string, name: string, inputRange?: InputRange) {
  const source = { kind: 'path', path: path.join(data, 'models', file) } as const;
  const urls = { allowLoopback: false, allowPrivate: false };
  const request = { name, source, ...(inputRange ? { inputRange } : {}) };
  const outcome = await importToRegistry(request, { registry, dataDirectory: directory, urls });
  await registry.refresh();
  return outcome;
}

async function testSet(folder: string): Promise<{ pixels: Float32Array; labels: Uint8Array }> {
  const idx = async (name: string) => gunzipSync(await readFile(path.join(data, folder, name)));
  const images = await idx('t10k-images-idx3-ubyte.gz');
  return {
    pixels: Float32Array.from(images.subarray(16)),
    labels: (await idx('t10k-labels-idx1-ubyte.gz')).subarray(8),
  };
}

describe.skipIf(data === '')('models of PICTOR_DATA', () => {
  it.each([
    ['keras-h5/mnist_cnn_keras2.2.4.h5', 'mnist_cnn_keras2.2.4', 'mnist', '0..1', 34_826],
    ['keras-h5/mnist_cnn_keras2.10.h5', 'mnist_cnn_keras2.10', 'mnist', undefined, 129_066],
    ['keras-v3/fashion_cnn_keras3.10.keras', 'fashion_cnn_keras3.10', 'fashion-mnist', '0..1', 121_930],
    ['savedmodel/mnist_cnn_tf2.6', 'mnist_cnn_tf2.6', 'mnist', '0..1', undefined],
    ['savedmodel/mnist_conv16_tf2.19', 'mnist_conv16_tf2.19', 'mnist', '0..1', 108_330],
    ['savedmodel/mnist_softmax_tf2.4', 'mnist_softmax_tf2.4', 'mnist', '0..1', 7_850],
    ['tfaas/fashion.tar.gz', 'tfaas_fashion', 'fashion-mnist', '0..1', 34_826],
  ] as const)(
    '%s answers as TensorFlow does',
    async (file, name, set, inputRange, parameters) => {
      const { version, assumptions } = await imported(file, name, inputRange);
      expect(version).toMatchObject({ input: { height: 28, width: 28, channels: 1 } });
      expect(version.labels).toHaveLength(10);
      const assumed = assumptions.map(({ fact }) => fact).filter((fact) => fact !== 'labels');
      expect(assumed).toEqual(inputRange ? [] : ['inputRange']);
      if (parameters) expect(version.parameters).toBe(parameters);
      const reference: Reference = JSON.parse(await readFile(path.join(data, `models/reference/${name}.json`), 'utf8'));
      const { pixels, labels } = await testSet(set);
      await predictor.use({ name }, async (model) => {
        const classes = model.labels.length;
        const first = await model.predictPixels(pixels.slice(0, 20 * PIXELS), 20);
        const scaled = pixels.slice(0, 20 * PIXELS).map((pixel) => (inputRange === '0..1' ? pixel / 255 : pixel));
        const { inputs, outputs } = model.signatures.serving_default;
        const [input] = Object.keys(inputs);
        const shape = [20, ...(inputs[input].shape ?? []).slice(1)];
        const asked = await model.run('', new Map([[input, { dtype: 'DT_FLOAT', shape, data: scaled } as const]]));
        const own = asked.get(Object.keys(outputs)[0])?.data as Float32Array;
        for (const [row, expected] of reference.outputs.entries()) {
          for (const [column, value] of expected.entries()) {
            const bound = 1e-5 * Math.max(Math.abs(value), 1e-2);
            expect(Math.abs(own[row * classes + column] - value)).toBeLessThanOrEqual(bound);
            expect(Math.abs(first[row * classes + column] - value)).toBeLessThanOrEqual(bound);
          }
        }
        let right = 0;
        for (let start = 0; start < labels.length; start += 250) {
          const rows = await model.predictPixels(pixels.slice(start * PIXELS, (start + 250) * PIXELS), 250);
          for (let i = 0; i < 250; i += 1) {
            const row = rows.subarray(i * classes, (i + 1) * classes);
            if (row.indexOf(Math.max(...row)) === labels[start + i]) right += 1;
          }
        }
        expect(right / labels.length).toBeCloseTo(reference.accuracy_on_all_10000_test_images, 4);
      });
    },
    60_000,
  );

  it.each([
    ['saved_model_half_plus_two_cpu/00000123', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_2_versions', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_2_versions/00000123', [3, 1], [2.5, 3, 4.5]],
    ['saved_model_half_plus_two_tf2_cpu/00000123', [1], [2.5]],
    ['saved_model_half_plus_three/00000123', [], [3.5]],
  ])('%s answers numbers', async (file, shape, expected) => {
    const { version } = await imported(`savedmodel/${file}`, 'halves');
    expect(version).toMatchObject({ labels: [], input: null });
    const x = { dtype: 'DT_FLOAT', shape, data: Float32Array.from([1, 2, 5].slice(0, expected.length)) } as const;
    const answer = await predictor.use({ name: 'halves', version: version.version }, (model) =>
      model.run('', new Map([['x', x]])),
    );
    expect(answer.get('y')?.data).toEqual(Float32Array.from(expected));
  });
});
