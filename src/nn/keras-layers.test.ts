/** @file Networks with branches, state and shared layers train as in Keras (scripts/keras-layers.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../contracts/index.ts';
import {
  compileEvaluation,
  compileGradients,
  describeNetwork,
  GRADIENT_PREFIX,
  type ParameterInfo,
  STATE_PREFIX,
} from './index.ts';
import { hashed } from './testing/hashed.ts';
import { runModel, type TestTensor, withModel } from './testing/onnx-session.ts';

interface Sampled {
  readonly sum: number;
  readonly absolute: number;
  readonly samples: readonly number[];
}

interface KerasCase {
  readonly network: NetworkSpec;
  readonly parameters: number;
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, Sampled>>;
  /** After the last step, with moving averages. */
  readonly weights: Readonly<Record<string, Sampled>>;
  /** Of the last weights, in inference. */
  readonly logits: readonly number[];
}

const FIXTURE: {
  readonly batch: number;
  readonly classes: number;
  readonly rate: number;
  readonly cases: readonly KerasCase[];
} = JSON.parse(readFileSync(new URL('./testing/fixtures/keras-layers.json', import.meta.url), 'utf8'));

const PICTURE_STREAM = 1;
const LABEL_STREAM = 2;
const FIRST_WEIGHT_STREAM = 10;

function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

function floats(shape: readonly number[], data: ArrayLike<number>): TestTensor {
  return { type: 'float32', shape, data };
}

/** A stream for each, in the order of their names. */
function firstWeights(parameters: readonly ParameterInfo[]): Map<string, TestTensor> {
  const names = parameters.map(({ name }) => name).sort();
  return new Map(
    parameters.map(({ name, shape }) => {
      const numbers = hashed(countOf(shape), FIRST_WEIGHT_STREAM + names.indexOf(name));
      const positive = /(gamma|movingVariance)$/.test(name);
      return [
        name,
        floats(
          shape,
          numbers.map((value) => (positive ? value + 0.5 : (value * 2 - 1) * 0.3)),
        ),
      ];
    }),
  );
}

/** To a share of the tensor's mean size: float32 sums cancel. */
function expectLike(found: ArrayLike<number>, expected: Sampled, tolerance: number, what: string): void {
  const data = Array.from(found);
  const size = Math.max(expected.absolute / data.length, 1e-3);
  const near = (value: number, wanted: number, scale: number): void => {
    if (!(Math.abs(value - wanted) <= tolerance * scale)) expect.fail(`${what} is ${value}; ${wanted} was expected.`);
  };
  const sum = (of: (value: number) => number): number => data.reduce((total, value) => total + of(value), 0);
  near(
    sum((value) => value),
    expected.sum,
    size * data.length,
  );
  near(sum(Math.abs), expected.absolute, size * data.length);
  expected.samples.forEach((value, index) => {
    near(data[(index * 7919) % data.length], value, size * 4);
  });
}

describe.each(FIXTURE.cases)('$network.name', ({ network, parameters: count, losses, ...expected }) => {
  const { batch, classes, rate } = FIXTURE;
  const { height, width, channels } = network.input;
  const pixels = hashed(batch * height * width * channels, PICTURE_STREAM).map((value) => Math.floor(value * 256));
  const images: TestTensor = { type: 'uint8', shape: [batch, height, width, channels], data: pixels };
  const labels = hashed(batch, LABEL_STREAM).map((value) => Math.floor(value * classes));

  it('has as many parameters', () => {
    expect(describeNetwork(network).parameterCount).toBe(count);
  });

  it('has the same losses, gradients, weights, moving averages and logits', async () => {
    const { model, parameters } = compileGradients(network, { batchSize: batch });
    const weights = firstWeights(parameters);
    const penalised = parameters.some(({ regularizer, trainable }) => regularizer && trainable);
    await withModel(model, async (step) => {
      for (const [index, wanted] of losses.entries()) {
        const results = await step(
          new Map([
            ['images', images],
            ['labels', { type: 'int64', shape: [batch], data: labels }],
            ['sampleWeights', floats([batch], new Array<number>(batch).fill(1 / batch))],
            ...(penalised ? [['penaltyWeight', floats([], [1])] as const] : []),
            ...weights,
          ]),
        );
        expect(Math.abs((results.get('loss')?.data[0] as number) / wanted - 1)).toBeLessThan(2e-5);
        const gradients = [...results].filter(([name]) => name.startsWith(GRADIENT_PREFIX));
        expect(gradients.map(([name]) => name.slice(GRADIENT_PREFIX.length)).sort()).toEqual(
          Object.keys(expected.gradients).sort(),
        );
        for (const [name, { data }] of gradients) {
          const own = name.slice(GRADIENT_PREFIX.length);
          if (index === 0) expectLike(data, expected.gradients[own], 5e-4, `gradient of ${own}`);
          const { shape, data: before } = weights.get(own) as TestTensor;
          weights.set(
            own,
            floats(
              shape,
              Float32Array.from(before, (value, i) => value - rate * data[i]),
            ),
          );
        }
        for (const [name, tensor] of results) {
          if (name.startsWith(STATE_PREFIX)) weights.set(name.slice(STATE_PREFIX.length), tensor);
        }
      }
    });
    expect([...weights.keys()].sort()).toEqual(Object.keys(expected.weights).sort());
    for (const [name, { data }] of weights) expectLike(data, expected.weights[name], 2e-4, name);
    const results = await runModel(compileEvaluation(network).model, new Map([['images', images], ...weights]));
    const size = Math.max(...expected.logits.map(Math.abs));
    expected.logits.forEach((value, index) => {
      expect(Math.abs((results.get('logits')?.data[index] as number) - value) / size).toBeLessThan(2e-4);
    });
  });
});
