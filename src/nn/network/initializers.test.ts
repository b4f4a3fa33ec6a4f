/** @file First weights: the distributions that Keras' documentation defines, measured. */
import { describe, expect, it } from 'vitest';
import { INITIALIZERS, type Initializer, RandomGenerator } from '../../contracts/index.ts';
import { depthwiseConv2d } from './convolution-layers.ts';
import { describeNetwork } from './describe.ts';
import { initialize } from './initializers.ts';
import { batchNormalization, conv2d, dense, flatten, sequential } from './sequential.ts';
import { initialWeights } from './weights.ts';

/** A kernel of 3x3 from 40 to 60 channels: 21,600 numbers, 360 inputs and 540 outputs. */
const KERNEL = { shape: [60, 40, 3, 3], fanIn: 360, fanOut: 540 };

function drawn(initializer: Initializer, { shape, fanIn, fanOut } = KERNEL, seed = 1): Float32Array {
  const data = new Float32Array(shape.reduce((count, size) => count * size, 1));
  initialize(data, { shape, fanIn, fanOut, initializer }, new RandomGenerator(seed, 'weights'));
  return data;
}

function moments(data: Float32Array): { readonly mean: number; readonly variance: number; readonly largest: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return { mean, variance, largest: data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
}

/** Variance, and the largest distance from 0 that may be, as Keras' documentation gives them. */
const SCALED: readonly [initializer: Initializer, variance: number, bound: number][] = [
  ['glorotUniform', 2 / 900, Math.sqrt(6 / 900)],
  ['glorotNormal', 2 / 900, (2 * Math.sqrt(2 / 900)) / 0.8796],
  ['heUniform', 2 / 360, Math.sqrt(6 / 360)],
  ['heNormal', 2 / 360, (2 * Math.sqrt(2 / 360)) / 0.8796],
  ['lecunUniform', 1 / 360, Math.sqrt(3 / 360)],
  ['lecunNormal', 1 / 360, (2 * Math.sqrt(1 / 360)) / 0.8796],
  ['randomUniform', 0.1 ** 2 / 12, 0.05],
  ['randomNormal', 0.05 ** 2, 1],
  // Of a normal distribution that is cut at two deviations 0.7737 of the variance is left.
  ['truncatedNormal', 0.7737 * 0.05 ** 2, 0.1],
  [{ kind: 'randomUniform', minval: -2, maxval: 2 }, 16 / 12, 2],
  [{ kind: 'randomNormal', stddev: 3 }, 9, 100],
  [{ kind: 'truncatedNormal', stddev: 3 }, 0.7737 * 9, 6],
  [{ kind: 'varianceScaling', scale: 3, mode: 'fanOut', distribution: 'untruncatedNormal' }, 3 / 540, 1],
  [{ kind: 'varianceScaling', scale: 3, mode: 'fanOut', distribution: 'uniform' }, 3 / 540, Math.sqrt(9 / 540)],
];

describe('initialize', () => {
  it.each(SCALED)('%j has its variance and stays within its bounds', (initializer, variance, bound) => {
    const found = moments(drawn(initializer));
    const deviation = Math.sqrt(variance);
    expect(Math.abs(found.mean)).toBeLessThan((4 * deviation) / Math.sqrt(21_600));
    expect(found.variance / variance).toBeGreaterThan(0.95);
    expect(found.variance / variance).toBeLessThan(1.05);
    expect(found.largest).toBeLessThanOrEqual(bound * 1.0001);
    const kind = typeof initializer === 'string' ? initializer : JSON.stringify(initializer);
    // Uniform numbers come close to their bounds; cut normal ones too.
    if (!/randomNormal|untruncated/.test(kind)) expect(found.largest).toBeGreaterThan(0.98 * bound);
  });

  it('moves normal numbers and fills in constants', () => {
    expect(moments(drawn({ kind: 'randomNormal', mean: 5 })).mean).toBeCloseTo(5, 2);
    expect(moments(drawn({ kind: 'truncatedNormal', mean: -5 })).mean).toBeCloseTo(-5, 2);
    expect(new Set(drawn({ kind: 'constant', value: 0.25 }))).toEqual(new Set([0.25]));
    expect(new Set(drawn('zeros'))).toEqual(new Set([0]));
    expect(new Set(drawn('ones'))).toEqual(new Set([1]));
  });

  it('takes the length of a vector as its inputs and outputs', () => {
    const { variance } = moments(drawn('heNormal', { shape: [20_000], fanIn: 7, fanOut: 7 }));
    expect(variance * 10_000).toBeCloseTo(1, 1);
  });

  it('gives the same numbers for the same seed, others for another', () => {
    for (const initializer of INITIALIZERS) {
      if (initializer === 'zeros' || initializer === 'ones') continue;
      const small = { shape: [6, 5], fanIn: 6, fanOut: 5 };
      expect(drawn(initializer, small)).toEqual(drawn(initializer, small));
      expect(drawn(initializer, small)).not.toEqual(drawn(initializer, small, 2));
    }
  });
});

describe('orthogonal', () => {
  /** Rows and columns as Keras has them: a column for each output. */
  const matrices: readonly [
    what: string,
    shape: number[],
    fanOut: number,
    at: (row: number, column: number) => number,
  ][] = [
    ['a tall matrix', [7, 3], 3, (row, column) => row * 3 + column],
    ['a wide matrix', [3, 7], 7, (row, column) => row * 7 + column],
    ['a convolution', [4, 2, 3, 3], 36, (row, column) => column * 18 + row],
    ['a convolution with more outputs than inputs', [8, 1, 2, 2], 32, (row, column) => column * 4 + row],
    // Two kernels for each of three channels.
    ['a depthwise convolution', [6, 1, 2, 2], 8, (row, column) => (Math.floor(row / 4) * 2 + column) * 4 + (row % 4)],
  ];

  it.each(matrices)(
    '%s has columns or rows of length gain that stand upright on each other',
    (_, shape, fanOut, at) => {
      const data = drawn({ kind: 'orthogonal', gain: 1.5 }, { shape, fanIn: 1, fanOut });
      const columns = shape.length === 2 ? shape[1] : fanOut / (shape[2] * shape[3]);
      const rows = data.length / columns;
      const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
      const entry = (vector: number, index: number): number =>
        data[rows < columns ? at(vector, index) : at(index, vector)];
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let product = 0;
          for (let i = 0; i < length; i++) product += entry(a, i) * entry(b, i);
          expect(product).toBeCloseTo(a === b ? 1.5 ** 2 : 0, 5);
        }
      }
    },
  );
});

describe('arguments for weights', () => {
  const image = { height: 6, width: 6, channels: 3 } as const;
  const network = (layer: Parameters<typeof sequential>[2][number]) =>
    sequential('net', image, [layer, flatten(), dense({ units: 2, kernelInitializer: 'zeros' })]);

  it('say how each weight starts and what it costs', () => {
    const spec = network(
      conv2d({
        filters: 2,
        kernelSize: 3,
        kernelInitializer: 'heNormal',
        biasInitializer: { kind: 'constant', value: 0.5 },
        kernelRegularizer: { l1: 0.1, l2: 0.2 },
      }),
    );
    const [kernel, bias, last] = describeNetwork(spec).parameters;
    expect([kernel.initializer, kernel.regularizer]).toEqual(['heNormal', { l1: 0.1, l2: 0.2 }]);
    expect([bias.initializer, bias.regularizer]).toEqual([{ kind: 'constant', value: 0.5 }, undefined]);
    expect(last.initializer).toBe('zeros');
    expect(initialWeights(spec, 1).get('conv2d/bias')?.data).toEqual(Float32Array.of(0.5, 0.5));
  });

  it("have Keras' names", () => {
    const start = (layer: Parameters<typeof network>[0]): unknown =>
      describeNetwork(network(layer))
        .parameters.slice(0, -2)
        .map(({ initializer }) => initializer);
    expect(
      start(
        batchNormalization({
          betaInitializer: 'randomNormal',
          gammaInitializer: 'heNormal',
          movingMeanInitializer: 'ones',
          movingVarianceInitializer: 'zeros',
        }),
      ),
    ).toEqual(['heNormal', 'randomNormal', 'ones', 'zeros']);
    expect(start(depthwiseConv2d({ kernelSize: 2, depthwiseInitializer: 'heUniform' }))).toEqual([
      'heUniform',
      'zeros',
    ]);
  });

  const wrong: readonly [argument: object, message: string][] = [
    [{ kernelInitializer: 'best' }, 'has kernelInitializer = "best"; one of zeros, ones, glorotUniform,'],
    [{ kernelInitializer: { kind: 'glorotUniform' } }, 'a kind of constant, randomUniform, randomNormal,'],
    [{ kernelInitializer: { kind: 'constant' } }, 'value as a finite number was expected.'],
    [{ kernelInitializer: { kind: 'randomNormal', stddev: -1 } }, 'stddev as a number of 0 or more was expected.'],
    [{ kernelInitializer: { kind: 'orthogonal', scale: 2 } }, 'orthogonal with no more than gain was expected.'],
    [{ kernelRegularizer: 0.1 }, 'has kernelRegularizer = 0.1; an object { l1, l2 } was expected.'],
    [{ kernelRegularizer: { l2: -1 } }, 'l2 as a number of 0 or more was expected.'],
    [{ kernelRegularizer: { l3: 1 } }, 'a regularizer with no more than l1, l2 was expected.'],
    [{ gammaInitializer: 'ones' }, 'has an unknown argument "gammaInitializer";'],
    [{ biasInitializer: 'orthogonal' }, 'starts its bias, a vector, orthogonal; another initializer was expected.'],
    [
      { filters: 4096, kernelSize: 64, padding: 'same', kernelInitializer: 'orthogonal' },
      'orthogonal, which takes too long to compute;',
    ],
  ];

  it.each(wrong)('are checked: %j', (argument, message) => {
    expect(() => network(conv2d({ filters: 2, kernelSize: 3, ...argument }))).toThrow(
      expect.objectContaining({ code: 'network_invalid', message: expect.stringContaining(message) }),
    );
  });
});
