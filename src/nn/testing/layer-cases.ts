/** @file At least one case for every layer: the table is total, so a new layer without one does not compile. */
import type { ImageShape, LayerType } from '../../contracts/index.ts';
import type { LayerCase } from './layer-case.ts';
import { MERGE_CASES } from './layer-cases-merges.ts';
import { MORE_CASES } from './layer-cases-more.ts';
import { PICTURE_LAYER_CASES } from './layer-cases-pictures.ts';

export const SMALL_IMAGE: ImageShape = { height: 5, width: 6, channels: 3 };

export const LAYER_CASES: { readonly [T in LayerType]: readonly LayerCase<T>[] } = {
  Rescaling: [
    { what: 'scale', config: { scale: 1 / 255 }, outputShape: [5, 6, 3] },
    { what: 'a number a channel', config: { scale: [0.5, 2, 1], offset: [1, 0, -1] }, outputShape: [5, 6, 3] },
    { what: 'one offset for all channels', config: { scale: [0.5, 2, 1], offset: 3 }, outputShape: [5, 6, 3] },
    { what: 'scale and offset', config: { scale: 1 / 127.5, offset: -1 }, outputShape: [5, 6, 3] },
  ],
  Conv2D: [
    {
      what: 'valid',
      config: { filters: 4, kernelSize: [3, 2] },
      outputShape: [3, 5, 4],
      parameters: { kernel: [4, 3, 3, 2], bias: [4] },
    },
    {
      what: 'same with strides',
      config: { filters: 2, kernelSize: [3, 3], strides: [2, 2], padding: 'same', activation: 'tanh' },
      outputShape: [3, 3, 2],
      parameters: { kernel: [2, 3, 3, 3], bias: [2] },
    },
    {
      what: 'without bias',
      config: { filters: 2, kernelSize: [1, 1], useBias: false, activation: 'sigmoid' },
      outputShape: [5, 6, 2],
      parameters: { kernel: [2, 3, 1, 1] },
    },
    {
      what: 'groups',
      config: { filters: 6, kernelSize: 3, groups: 3, padding: 'same' },
      outputShape: [5, 6, 6],
      parameters: { kernel: [6, 1, 3, 3], bias: [6] },
    },
    {
      what: 'dilation',
      config: { filters: 2, kernelSize: [2, 3], dilationRate: [3, 2], padding: 'same', activation: 'tanh' },
      outputShape: [5, 6, 2],
      parameters: { kernel: [2, 3, 2, 3], bias: [2] },
    },
    {
      what: 'grey pictures',
      config: { filters: 3, kernelSize: [2, 2], activation: 'softmax' },
      image: { height: 4, width: 4, channels: 1 },
      outputShape: [3, 3, 3],
      parameters: { kernel: [3, 1, 2, 2], bias: [3] },
    },
  ],
  ...PICTURE_LAYER_CASES,
  MaxPooling2D: [
    { what: 'one number', config: { poolSize: 3, strides: 2 }, outputShape: [2, 2, 3] },
    { what: 'pairs', config: { poolSize: [2, 2] }, outputShape: [2, 3, 3] },
    { what: 'pairs, same', config: { poolSize: [2, 2], padding: 'same' }, outputShape: [3, 3, 3] },
    { what: 'overlapping', config: { poolSize: [3, 2], strides: [1, 2] }, outputShape: [3, 3, 3] },
  ],
  AveragePooling2D: [
    { what: 'pairs', config: { poolSize: [2, 2] }, outputShape: [2, 3, 3] },
    { what: 'same', config: { poolSize: [3, 3], strides: [2, 2], padding: 'same' }, outputShape: [3, 3, 3] },
  ],
  Flatten: [{ what: 'a picture', config: {}, outputShape: [90] }],
  Dropout: [
    { what: 'of a picture', config: { rate: 0.3 }, outputShape: [5, 6, 3] },
    { what: 'nothing', config: { rate: 0 }, outputShape: [5, 6, 3] },
    { what: 'of a row', flat: true, config: { rate: 0.5 }, outputShape: [90] },
  ],
  Dense: [
    {
      what: 'with bias',
      flat: true,
      config: { units: 4, activation: 'relu' },
      outputShape: [4],
      parameters: { kernel: [90, 4], bias: [4] },
    },
    {
      what: 'regularised',
      flat: true,
      config: { units: 2, kernelRegularizer: { l1: 0.01, l2: 0.02 }, biasRegularizer: { l2: 0.1 } },
      outputShape: [2],
      parameters: { kernel: [90, 2], bias: [2] },
    },
    {
      what: 'without bias',
      flat: true,
      config: { units: 4, useBias: false },
      outputShape: [4],
      parameters: { kernel: [90, 4] },
    },
  ],
  ...MORE_CASES,
  ...MERGE_CASES,
  BatchNormalization: [
    {
      what: 'of a picture',
      config: {},
      outputShape: [5, 6, 3],
      parameters: { gamma: [3], beta: [3], movingMean: [3], movingVariance: [3] },
    },
    {
      what: 'of a row, momentum and epsilon',
      flat: true,
      config: { momentum: 0.6, epsilon: 0.3 },
      outputShape: [90],
      parameters: { gamma: [90], beta: [90], movingMean: [90], movingVariance: [90] },
    },
    {
      what: 'without gamma and beta',
      config: { center: false, scale: false },
      outputShape: [5, 6, 3],
      parameters: { movingMean: [3], movingVariance: [3] },
    },
  ],
};
