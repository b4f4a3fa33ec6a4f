/** @file Cases of activations, and of layers that reshape, pool all pixels or normalise. */
import { ACTIVATIONS, type LayerType } from '../../contracts/index.ts';
import type { LayerCase } from './layer-case.ts';

type More = Extract<
  LayerType,
  | 'Activation'
  | 'Normalization'
  | 'PReLU'
  | 'GlobalAveragePooling2D'
  | 'GlobalMaxPooling2D'
  | 'Reshape'
  | 'Permute'
  | 'LayerNormalization'
>;

const outputShape = [5, 6, 3];

export const MORE_CASES: { readonly [T in More]: readonly LayerCase<T>[] } = {
  Activation: [
    ...ACTIVATIONS.map((activation) => ({ what: activation, config: { activation }, outputShape })),
    { what: 'softmax of a row', flat: true, config: { activation: 'softmax' }, outputShape: [90] },
    { what: 'relu with nothing said', config: { activation: { kind: 'relu' } }, outputShape },
    { what: 'relu up to a value', config: { activation: { kind: 'relu', maxValue: 0.4 } }, outputShape },
    { what: 'relu with a slope', config: { activation: { kind: 'relu', negativeSlope: 0.3 } }, outputShape },
    {
      what: 'relu with both',
      config: { activation: { kind: 'relu', maxValue: 0.4, negativeSlope: 0.3 } },
      outputShape,
    },
    { what: 'leakyRelu 0.5', config: { activation: { kind: 'leakyRelu', negativeSlope: 0.5 } }, outputShape },
    { what: 'elu 0.5', config: { activation: { kind: 'elu', alpha: 0.5 } }, outputShape },
    { what: 'gelu by tanh', config: { activation: { kind: 'gelu', approximate: true } }, outputShape },
  ],
  Normalization: [
    { what: 'one number', config: { mean: 0.2, variance: 4 }, outputShape },
    { what: 'a number a channel', config: { mean: [0.1, 0, -0.3], variance: [1, 4, 0.25] }, outputShape },
  ],
  PReLU: [
    { what: 'every number', config: {}, outputShape, parameters: { alpha: [3, 5, 6] } },
    { what: 'channels', config: { sharedAxes: [1, 2] }, outputShape, parameters: { alpha: [3, 1, 1] } },
    { what: 'a row', flat: true, config: {}, outputShape: [90], parameters: { alpha: [90] } },
  ],
  GlobalAveragePooling2D: [
    { what: 'to a row', config: {}, outputShape: [3] },
    { what: 'to one pixel', config: { keepdims: true }, outputShape: [1, 1, 3] },
  ],
  GlobalMaxPooling2D: [
    { what: 'to a row', config: {}, outputShape: [3] },
    { what: 'to one pixel', config: { keepdims: true }, outputShape: [1, 1, 3] },
  ],
  Reshape: [
    { what: 'a picture to another', config: { targetShape: [3, 5, 6] }, outputShape: [3, 5, 6] },
    { what: 'a picture to a row', config: { targetShape: [-1] }, outputShape: [90] },
    { what: 'a picture to two axes', config: { targetShape: [-1, 3] }, outputShape: [30, 3] },
    { what: 'a row to a picture', flat: true, config: { targetShape: [3, -1, 2] }, outputShape: [3, 15, 2] },
    { what: 'a row to one pixel', flat: true, config: { targetShape: [1, 1, 90] }, outputShape: [1, 1, 90] },
  ],
  Permute: [
    { what: 'height and width', config: { dims: [2, 1, 3] }, outputShape: [6, 5, 3] },
    { what: 'all axes', config: { dims: [3, 1, 2] }, outputShape: [3, 5, 6] },
    { what: 'a row', flat: true, config: { dims: [1] }, outputShape: [90] },
  ],
  LayerNormalization: [
    { what: 'channels', config: {}, outputShape, parameters: { gamma: [3], beta: [3] } },
    {
      what: 'a row, epsilon',
      flat: true,
      config: { epsilon: 0.2 },
      outputShape: [90],
      parameters: { gamma: [90], beta: [90] },
    },
    { what: 'without gamma and beta', config: { center: false, scale: false }, outputShape },
  ],
};
