/** @file At least one case for every operation: the table is total, so a new operation without one does not compile. */
import type { RandomGenerator } from '../../contracts/index.ts';
import type { Op } from '../graph/ops.ts';
import type { CaseInput, OpCase } from './check-op.ts';
import { NONLINEAR_CASES } from './op-cases-nonlinear.ts';
import { NORMALIZATION_CASES } from './op-cases-normalization.ts';
import {
  GROUPED_CONVOLUTIONS,
  PADDINGS_OF_PICTURES,
  RESIZING_GRADIENTS,
  RESIZINGS,
  TRANSPOSED_CONVOLUTIONS,
} from './op-cases-pictures.ts';

const floats = (...shape: number[]): CaseInput => ({ shape });
const positive = (...shape: number[]): CaseInput => ({ shape, fill: (random) => 0.5 + random.nextFloat() });
/** Away from 0, where the slope of relu jumps. */
const awayFromZero = (...shape: number[]): CaseInput => ({
  shape,
  fill: (random) => (random.nextFloat() < 0.5 ? -1 : 1) * (0.1 + random.nextFloat()),
});
/** Distinct numbers, far enough apart for finite differences not to change their order. */
const distinct = (...shape: number[]): CaseInput => ({ shape, fill: (_, index) => ((index * 7919) % 1009) / 100 - 5 });
/** Few different whole numbers: nearly every window has ties. */
const tied = (...shape: number[]): CaseInput => ({ shape, fill: (random) => random.nextInteger(3) });
const integers = (bound: number, type: 'int64' | 'uint8' | 'bool', ...shape: number[]): CaseInput => ({
  shape,
  type,
  fill: (random: RandomGenerator) => random.nextInteger(bound),
});

const none = {};
const window = (
  kernel: [number, number],
  strides: [number, number],
  pads: [number, number, number, number] = [0, 0, 0, 0],
) => ({
  kernel,
  strides,
  pads,
});

const binaryCases = [
  { what: 'same shapes', inputs: [floats(2, 3), positive(2, 3)], attributes: none },
  { what: 'a scalar', inputs: [floats(2, 3), positive()], attributes: none },
  { what: 'stretched both ways', inputs: [floats(4, 1, 3), positive(2, 1)], attributes: none },
];
const unaryCases = [{ what: 'three axes', inputs: [floats(2, 3, 4)], attributes: none }];
const slopeCases = [{ what: 'two axes', inputs: [positive(3, 4), floats(3, 4)], attributes: none }];

const strided = window([3, 2], [2, 3], [1, 0, 0, 1]);
const leftOver = window([3, 3], [2, 2]);
const same = window([3, 3], [1, 1], [1, 1, 1, 1]);
const cropping = window([3, 3], [1, 1], [0, 1, -1, 0]);
const croppingBefore = window([3, 3], [2, 2], [-1, -1, 0, 1]);
const plain = window([3, 3], [1, 1]);

export const OP_CASES: { readonly [O in Op]: readonly OpCase<O>[] } = {
  ...NONLINEAR_CASES,
  ...NORMALIZATION_CASES,
  add: binaryCases,
  subtract: binaryCases,
  multiply: binaryCases,
  divide: binaryCases,
  power: [
    { what: 'scalars', inputs: [positive(), positive()], attributes: none },
    { what: 'a scalar exponent', inputs: [positive(2, 3), positive()], attributes: none },
  ],
  sqrt: [{ what: 'positive numbers', inputs: [positive(2, 3)], attributes: none }],
  log: [{ what: 'positive numbers', inputs: [positive(2, 3)], attributes: none }],
  softplus: [
    ...unaryCases,
    { what: 'large numbers', inputs: [{ shape: [4], fill: (_, i) => [-1e4, -30, 30, 1e4][i] }], attributes: none },
  ],
  clip: [{ what: 'both sides', inputs: [floats(20)], attributes: { minimum: -0.5, maximum: 0.25 } }],
  equal: [
    { what: 'labels', inputs: [integers(3, 'int64', 20), integers(3, 'int64', 20)], attributes: none },
    { what: 'floats', inputs: [tied(20), tied(20)], attributes: none },
  ],
  maximum: [
    { what: 'of four', inputs: [floats(2, 3), floats(2, 3), floats(2, 3), floats(2, 3)], attributes: none },
    { what: 'of one', inputs: [floats(2, 3)], attributes: none },
    {
      what: 'of three, ties',
      inputs: Array.from({ length: 3 }, () => tied(2, 3, 4, 5)),
      attributes: none,
      noDifferences: true,
    },
  ],
  greater: [{ what: 'a scalar', inputs: [floats(20), floats()], attributes: none }],
  cast: [
    { what: 'pixels', inputs: [integers(256, 'uint8', 10)], attributes: { to: 'float32' } },
    { what: 'flags', inputs: [integers(2, 'bool', 10)], attributes: { to: 'float32' } },
    { what: 'labels', inputs: [integers(10, 'int64', 10)], attributes: { to: 'float32' } },
    { what: 'no change', inputs: [floats(3)], attributes: { to: 'float32' } },
  ],
  relu: [{ what: 'both sides of 0', inputs: [awayFromZero(3, 4)], attributes: none }],
  reluGradient: [
    ...slopeCases,
    {
      what: 'results of 0 and tiny ones',
      inputs: [{ shape: [4], fill: (_, index) => [0, 1e-30, 2, 0][index] }, floats(4)],
      attributes: none,
    },
  ],
  tanh: unaryCases,
  tanhGradient: slopeCases,
  sigmoid: unaryCases,
  sigmoidGradient: slopeCases,
  softmax: [
    { what: 'rows', inputs: [floats(3, 5)], attributes: none },
    { what: 'channels of pictures', inputs: [floats(2, 3, 2, 2)], attributes: none },
    { what: 'large numbers', inputs: [{ shape: [1, 3], fill: (_, index) => 1000 * index }], attributes: none },
  ],
  softmaxGradient: slopeCases,
  logSoftmax: [
    { what: 'rows', inputs: [floats(3, 5)], attributes: none },
    { what: 'channels of pictures', inputs: [floats(2, 3, 2, 2)], attributes: none },
    { what: 'large numbers', inputs: [{ shape: [2, 3], fill: (_, i) => 1e3 * (i % 3) - 1e3 }], attributes: none },
  ],
  reshape: [{ what: 'to a row', inputs: [floats(2, 3, 4)], attributes: { shape: [2, 12] } }],
  transpose: [
    { what: 'channels first', inputs: [floats(2, 3, 4, 5)], attributes: { permutation: [0, 3, 1, 2] } },
    { what: 'a matrix', inputs: [floats(2, 3)], attributes: { permutation: [1, 0] } },
  ],
  broadcast: [
    { what: 'a row', inputs: [floats(1, 3)], attributes: { shape: [4, 3] } },
    { what: 'a new axis', inputs: [floats(3, 1)], attributes: { shape: [2, 3, 4] } },
  ],
  pad2d: PADDINGS_OF_PICTURES,
  resize2d: RESIZINGS,
  resize2dGradient: RESIZING_GRADIENTS,
  reduceSum: [
    { what: 'channels', inputs: [floats(2, 3, 4, 5)], attributes: { axes: [0, 2, 3], keepDimensions: false } },
    { what: 'kept', inputs: [floats(2, 3)], attributes: { axes: [1], keepDimensions: true } },
    { what: 'everything', inputs: [floats(2, 3)], attributes: { axes: [0, 1], keepDimensions: false } },
  ],
  reduceMax: [
    { what: 'pixels', inputs: [distinct(2, 3, 4, 5)], attributes: { axes: [2, 3], keepDimensions: false } },
    { what: 'kept', inputs: [distinct(2, 3)], attributes: { axes: [1], keepDimensions: true } },
    {
      what: 'ties',
      inputs: [tied(2, 3, 4, 4)],
      attributes: { axes: [2, 3], keepDimensions: false },
      noDifferences: true,
    },
  ],
  concatenate: [
    { what: 'channels', inputs: [floats(2, 3, 2, 2), floats(2, 1, 2, 2), floats(2, 2, 2, 2)], attributes: { axis: 1 } },
    { what: 'the last axis', inputs: [floats(2, 3), floats(2, 4)], attributes: { axis: 1 } },
    { what: 'one', inputs: [floats(2, 3, 4)], attributes: { axis: 2 } },
  ],
  slice: [{ what: 'the middle', inputs: [floats(2, 5, 3)], attributes: { axis: 1, start: 1, end: 4 } }],
  argMax: [{ what: 'with ties', inputs: [tied(30, 4)], attributes: none }],
  oneHot: [{ what: 'labels', inputs: [integers(5, 'int64', 8)], attributes: { depth: 5 } }],
  softmaxCrossEntropy: [
    { what: 'logits', inputs: [floats(6, 4), integers(4, 'int64', 6)], attributes: none },
    {
      what: 'logits that overflow a plain exponential',
      inputs: [{ shape: [2, 3], fill: (_, index) => [200, -300, 150, -200, 0, 200][index] }, integers(3, 'int64', 2)],
      attributes: none,
    },
  ],
  matrixMultiply: [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      what: `a${transposeA ? ' transposed' : ''}, b${transposeB ? ' transposed' : ''}`,
      inputs: [transposeA ? floats(4, 2) : floats(2, 4), transposeB ? floats(3, 4) : floats(4, 3), floats(3)],
      attributes: { transposeA, transposeB },
    })),
  ),
  conv2d: [
    { what: 'plain', inputs: [floats(2, 3, 5, 6), floats(4, 3, 3, 3), floats(4)], attributes: plain },
    { what: 'without bias', inputs: [floats(2, 1, 4, 4), floats(2, 1, 3, 3)], attributes: plain },
    { what: 'same', inputs: [floats(2, 2, 4, 5), floats(3, 2, 3, 3), floats(3)], attributes: same },
    { what: 'strides, uneven padding', inputs: [floats(2, 2, 7, 8), floats(3, 2, 3, 2)], attributes: strided },
    { what: 'strides that leave pixels over', inputs: [floats(1, 2, 6, 6), floats(2, 2, 3, 3)], attributes: leftOver },
    { what: 'cropping', inputs: [floats(2, 2, 6, 5), floats(3, 2, 3, 3)], attributes: cropping },
    { what: 'strides, cropping before', inputs: [floats(2, 2, 7, 8), floats(3, 2, 3, 3)], attributes: croppingBefore },
    { what: 'many channels', inputs: [floats(2, 8, 5, 4), floats(3, 8, 3, 3)], attributes: plain },
    { what: 'many channels, same', inputs: [floats(2, 9, 4, 5), floats(2, 9, 3, 3)], attributes: same },
    { what: 'many channels, cropping', inputs: [floats(2, 8, 6, 5), floats(2, 8, 3, 3)], attributes: cropping },
    { what: 'many channels, strides', inputs: [floats(1, 8, 7, 8), floats(2, 8, 3, 2)], attributes: strided },
    { what: 'a kernel of 1', inputs: [floats(2, 8, 3, 3), floats(2, 8, 1, 1)], attributes: window([1, 1], [1, 1]) },
    {
      what: 'an even kernel',
      inputs: [floats(1, 8, 5, 6), floats(2, 8, 2, 4)],
      attributes: window([2, 4], [1, 1], [0, 1, 1, 2]),
    },
    {
      what: 'a kernel as large as the picture',
      inputs: [floats(2, 8, 3, 4), floats(2, 8, 3, 4)],
      attributes: window([3, 4], [1, 1]),
    },
    {
      what: 'gaps between windows',
      inputs: [floats(2, 2, 8, 8), floats(2, 2, 2, 2)],
      attributes: window([2, 2], [3, 3]),
    },
    ...GROUPED_CONVOLUTIONS,
  ],
  conv2dInputGradient: [
    {
      what: 'strides that leave pixels over',
      inputs: [floats(1, 2, 2, 2), floats(2, 3, 3, 3)],
      attributes: { ...leftOver, inputSize: [6, 6] },
    },
    {
      what: 'groups and dilation, pixels over',
      inputs: [floats(1, 4, 2, 4), floats(4, 2, 2, 2)],
      attributes: { ...window([2, 2], [2, 1]), groups: 2, dilations: [2, 3], inputSize: [6, 7] },
    },
    ...TRANSPOSED_CONVOLUTIONS,
  ],
  conv2dKernelGradient: [
    { what: 'few channels', inputs: [floats(2, 3, 5, 6), floats(2, 4, 3, 4)], attributes: plain },
    { what: 'many channels', inputs: [floats(2, 8, 5, 6), floats(2, 4, 5, 6)], attributes: same },
    {
      what: 'depthwise',
      inputs: [floats(2, 3, 5, 6), floats(2, 6, 5, 6)],
      attributes: { ...same, groups: 3 },
    },
    { what: 'large pictures', inputs: [floats(3, 3, 64, 61), floats(3, 4, 64, 61)], attributes: same },
    {
      what: 'large pictures, strides',
      inputs: [floats(2, 6, 90, 91), floats(2, 2, 45, 30)],
      attributes: window([3, 5], [2, 3], [1, 1, 0, 1]),
    },
  ],
  maxPool2d: [
    { what: 'pairs', inputs: [distinct(2, 3, 4, 6)], attributes: window([2, 2], [2, 2]) },
    { what: 'pairs, odd sizes', inputs: [distinct(2, 3, 5, 7)], attributes: window([2, 2], [2, 2]) },
    { what: 'overlapping', inputs: [distinct(1, 2, 6, 7)], attributes: window([3, 3], [2, 2]) },
    { what: 'same', inputs: [distinct(2, 2, 5, 6)], attributes: window([3, 3], [2, 2], [1, 0, 1, 1]) },
    { what: 'tiles of 3 x 2', inputs: [distinct(1, 2, 7, 5)], attributes: window([3, 2], [3, 2]) },
    { what: 'a window of 1 with gaps', inputs: [distinct(1, 2, 5, 5)], attributes: window([1, 1], [2, 2]) },
    { what: 'pairs, ties', inputs: [tied(2, 3, 6, 8)], attributes: window([2, 2], [2, 2]), noDifferences: true },
    {
      what: 'many strips, ties',
      inputs: [tied(8, 9, 26, 26)],
      attributes: window([2, 2], [2, 2]),
      noDifferences: true,
    },
    { what: 'one tile, ties', inputs: [tied(1, 1, 2, 2)], attributes: window([2, 2], [2, 2]), noDifferences: true },
    { what: 'odd sizes, ties', inputs: [tied(3, 2, 5, 7)], attributes: window([2, 2], [2, 2]), noDifferences: true },
    { what: 'overlapping, ties', inputs: [tied(2, 2, 7, 7)], attributes: window([3, 3], [2, 2]), noDifferences: true },
    {
      what: 'same, ties',
      inputs: [tied(2, 2, 5, 6)],
      attributes: window([3, 3], [1, 1], [1, 1, 1, 1]),
      noDifferences: true,
    },
  ],
  maxPool2dGradient: [
    {
      what: 'pairs',
      inputs: [
        { shape: [1, 1, 2, 4], fill: (_, index) => [1, 1, 0, 5, 1, 0, 5, 0][index] },
        { shape: [1, 1, 1, 2], fill: (_, index) => [1, 5][index] },
        floats(1, 1, 1, 2),
      ],
      attributes: window([2, 2], [2, 2]),
    },
  ],
  maximumOverGroups: [
    { what: 'four groups of two channels', inputs: [distinct(2, 8, 3, 3)], attributes: { groups: 4 } },
    { what: 'ties', inputs: [tied(3, 6, 2, 2)], attributes: { groups: 2 }, noDifferences: true },
  ],
  maximumOverGroupsGradient: [
    {
      what: 'two groups, ties',
      inputs: [
        { shape: [1, 4, 1, 2], fill: (_, index) => [1, 5, 1, 2, 0, 5, 1, 0][index] },
        { shape: [1, 2, 1, 2], fill: (_, index) => [1, 5, 1, 2][index] },
        floats(1, 2, 1, 2),
      ],
      attributes: { groups: 2 },
    },
  ],
  averagePool2d: [
    { what: 'pairs', inputs: [floats(2, 3, 4, 6)], attributes: window([2, 2], [2, 2]) },
    { what: 'pairs, odd sizes', inputs: [floats(2, 3, 5, 7)], attributes: window([2, 2], [2, 2]) },
    { what: 'tiles of 3 x 2', inputs: [floats(1, 2, 7, 5)], attributes: window([3, 2], [3, 2]) },
    { what: 'overlapping', inputs: [floats(1, 2, 6, 7)], attributes: window([3, 3], [2, 2]) },
    {
      what: 'same: padding does not count',
      inputs: [floats(2, 2, 5, 6)],
      attributes: window([3, 3], [2, 2], [1, 0, 1, 1]),
    },
  ],
  averagePool2dGradient: [
    { what: 'pairs', inputs: [floats(1, 2, 2, 2)], attributes: { ...window([2, 2], [2, 2]), inputSize: [5, 4] } },
  ],
};
