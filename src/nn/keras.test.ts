/** @file Training steps equal those of Keras, from the same weights on the same batch (scripts/keras-training-steps.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NetworkSpec, OptimizerSpec } from '../contracts/index.ts';
import {
  activation,
  averagePooling2d,
  compileGradients,
  compileUpdate,
  conv2d,
  dense,
  describeNetwork,
  flatten,
  GRADIENT_PREFIX,
  maxPooling2d,
  type ParameterInfo,
  PRESETS,
  presetNetwork,
  rescaling,
  sequential,
} from './index.ts';
import { hashed } from './testing/hashed.ts';
import { type TestTensor, withModel } from './testing/onnx-session.ts';

interface Sampled {
  readonly sum: number;
  readonly absolute: number;
  readonly samples: readonly number[];
}

interface KerasCase {
  readonly network: keyof typeof NETWORKS;
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly steps: number;
  readonly parameters: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly number[];
  readonly correct: readonly number[];
  readonly gradients: Readonly<Record<string, Sampled>>;
  readonly weights: Readonly<Record<string, Sampled>>;
}

const FIXTURE: {
  readonly batch: number;
  readonly cases: readonly KerasCase[];
} = JSON.parse(readFileSync(new URL('./testing/fixtures/keras-steps.json', import.meta.url), 'utf8'));

const preset = (name: keyof typeof PRESETS, classes: number) => (): NetworkSpec =>
  presetNetwork(name, { ...PRESETS[name].image, classes });

const NETWORKS = {
  nitric: preset('nitric-cnn', 5),
  tfaas: preset('tfaas-mnist', 10),
  keras_mnist: preset('keras-mnist', 10),
  lenet: preset('lenet', 10),
  mixed: () =>
    sequential('mixed', { height: 17, width: 14, channels: 3 }, [
      rescaling({ scale: 1 / 127.5, offset: -1 }),
      conv2d({ filters: 9, kernelSize: [3, 2], strides: [2, 1], padding: 'same', useBias: false }),
      activation({ activation: 'relu' }),
      maxPooling2d({ poolSize: [3, 3], strides: [2, 2], padding: 'same' }),
      conv2d({ filters: 10, kernelSize: [3, 3], padding: 'same', activation: 'sigmoid' }),
      averagePooling2d({ poolSize: [3, 2], strides: [2, 1], padding: 'same' }),
      conv2d({ filters: 5, kernelSize: [2, 3], strides: [1, 2], activation: 'tanh' }),
      activation({ activation: 'softmax' }),
      flatten(),
      dense({ units: 7, activation: 'sigmoid', useBias: false }),
      dense({ units: 4 }),
    ]),
};

const OPTIMIZERS = {
  adam: { kind: 'adam', learningRate: 1e-3 },
  sgd: { kind: 'sgd', learningRate: 0.05 },
  momentum: { kind: 'sgd', learningRate: 0.05, momentum: 0.9 },
  nesterov: { kind: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true },
  adadelta: { kind: 'adadelta', learningRate: 1 },
} as const satisfies Record<string, OptimizerSpec>;

const MASK_STREAM = 900;
const FIRST_WEIGHT_STREAM = 10;

function floats(shape: readonly number[], data: ArrayLike<number>): TestTensor {
  return { type: 'float32', shape, data };
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** Sample 0 is black; sample 1 has two grey levels and a black half; the others are noise. */
function pictures({ input: { height, width, channels } }: NetworkSpec, batch: number): TestTensor {
  const size = height * width * channels;
  const data = hashed(batch * size, 1).map((value) => Math.floor(value * 256));
  for (let pixel = 0; pixel < size; pixel++) {
    data[pixel] = 0;
    const column = Math.floor(pixel / channels) % width;
    const grey = data[size + pixel] < 128 ? 64 : 192;
    data[size + pixel] = column < Math.floor(width / 2) ? 0 : grey;
  }
  return { type: 'uint8', shape: [batch, height, width, channels], data };
}

function firstWeights(parameters: readonly ParameterInfo[]): Float32Array {
  const weights = new Float32Array(parameters.reduce((sum, { shape }) => sum + countOf(shape), 0));
  let offset = 0;
  parameters.forEach(({ shape, fanIn, fanOut }, index) => {
    const limit = shape.length > 1 ? Math.sqrt(6 / (fanIn + fanOut)) : 0.05;
    const values = hashed(countOf(shape), FIRST_WEIGHT_STREAM + index);
    weights.set(
      values.map((value) => (value * 2 - 1) * limit),
      offset,
    );
    offset += values.length;
  });
  return weights;
}

function cut(parameters: readonly ParameterInfo[], vector: Float32Array): Map<string, TestTensor> {
  let offset = 0;
  return new Map(
    parameters.map(({ name, shape }) => {
      const count = countOf(shape);
      offset += count;
      return [name, floats(shape, vector.subarray(offset - count, offset))];
    }),
  );
}

/** Like Keras' numbers, within a share of the largest of them. */
function expectLike(actual: ArrayLike<number>, expected: Sampled, tolerance: number, what: string): void {
  let scale = 0;
  let absolute = 0;
  for (let i = 0; i < actual.length; i++) {
    const size = Math.abs(actual[i]);
    absolute += size;
    if (size > scale) scale = size;
  }
  expect(Math.abs(absolute - expected.absolute), `${what}: sum of sizes`).toBeLessThan(tolerance * expected.absolute);
  expected.samples.forEach((value, k) => {
    const found = actual[(k * 7919) % actual.length];
    expect(Math.abs(found - value), `${what}: ${found} is not ${value}`).toBeLessThanOrEqual(tolerance * scale);
  });
}

describe.each(FIXTURE.cases)('$network with $optimizer', ({ network, optimizer, ...expected }) => {
  const spec = NETWORKS[network]();

  it('has the same parameters', () => {
    const { parameters, parameterCount } = describeNetwork(spec);
    expect(parameterCount).toBe(expected.parameters);
    expect(Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]))).toEqual(expected.shapes);
  });

  it('has the same loss, gradients and weights, step by step', async () => {
    const { batch } = FIXTURE;
    const { model, parameters, masks } = compileGradients(spec, { batchSize: batch });
    const update = compileUpdate(OPTIMIZERS[optimizer], { replicas: 1 });
    const classes = describeNetwork(spec).layers.at(-1)?.outputShape[0] as number;
    const fixed = new Map<string, TestTensor>([
      ['images', pictures(spec, batch)],
      ['labels', { type: 'int64', shape: [batch], data: hashed(batch, 2).map((value) => Math.floor(value * classes)) }],
      ['sampleWeights', floats([batch], new Array<number>(batch).fill(1 / batch))],
      ...masks.map(({ name, shape, rate }, index) => {
        const kept = hashed(countOf(shape), MASK_STREAM + index).map((value) => (value >= rate ? 1 / (1 - rate) : 0));
        return [name, floats(shape, kept)] as const;
      }),
    ]);
    let weights = firstWeights(parameters);
    const total = [weights.length];
    const slots = new Map(
      update.slots.map(({ name, initial }) => [name, new Float32Array(total[0]).fill(initial) as ArrayLike<number>]),
    );
    await withModel(model, (gradients) =>
      withModel(update.model, async (apply) => {
        for (let step = 1; step <= expected.steps; step++) {
          const result = await gradients(new Map([...fixed, ...cut(parameters, weights)]));
          const loss = result.get('loss')?.data[0] as number;
          expect(Math.abs(loss / expected.losses[step - 1] - 1), `loss ${loss}`).toBeLessThan(1e-5 * step);
          expect(result.get('correct')?.data[0]).toBe(expected.correct[step - 1]);
          const gradient = new Float32Array(total[0]);
          let offset = 0;
          for (const { name } of parameters) {
            const { data } = result.get(`${GRADIENT_PREFIX}${name}`) as TestTensor;
            if (step === 1) expectLike(data, expected.gradients[name], 1e-4, `gradient of ${name}`);
            gradient.set(data, offset);
            offset += data.length;
          }
          const changed = await apply(
            new Map([
              ['parameters', floats(total, weights)],
              ['gradient0', floats(total, gradient)],
              ['step', floats([], [step])],
              ['learningRate', floats([], [OPTIMIZERS[optimizer].learningRate])],
              ...[...slots].map(([name, data]) => [name, floats(total, data)] as const),
            ]),
          );
          weights = Float32Array.from((changed.get('newParameters') as TestTensor).data);
          for (const name of slots.keys()) slots.set(name, (changed.get(`new:${name}`) as TestTensor).data);
        }
      }),
    );
    for (const [name, { data }] of cut(parameters, weights)) {
      expectLike(data, expected.weights[name], 1e-4, `weight ${name}`);
    }
  });
});
