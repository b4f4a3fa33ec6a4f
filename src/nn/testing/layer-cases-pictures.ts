/** @file Cases of the layers that slide kernels over pictures or change their size. */
import type { LayerCase } from './layer-case.ts';

/** Of pictures of 5 x 6 with 3 channels, unless a case says otherwise. */
export const PICTURE_LAYER_CASES: {
  readonly [T in 'DepthwiseConv2D' | 'SeparableConv2D' | 'ZeroPadding2D']: readonly LayerCase<T>[];
} = {
  DepthwiseConv2D: [
    {
      what: 'valid',
      config: { kernelSize: [3, 2] },
      outputShape: [3, 5, 3],
      parameters: { kernel: [3, 1, 3, 2], bias: [3] },
    },
    {
      what: 'same with strides, two kernels for each channel',
      config: { kernelSize: 3, strides: 2, padding: 'same', depthMultiplier: 2, activation: 'tanh' },
      outputShape: [3, 3, 6],
      parameters: { kernel: [6, 1, 3, 3], bias: [6] },
    },
    {
      what: 'dilation, without bias',
      config: { kernelSize: 2, dilationRate: [3, 2], useBias: false },
      outputShape: [2, 4, 3],
      parameters: { kernel: [3, 1, 2, 2] },
    },
    {
      what: 'grey pictures',
      config: { kernelSize: 2, depthMultiplier: 3, padding: 'same' },
      image: { height: 4, width: 5, channels: 1 },
      outputShape: [4, 5, 3],
      parameters: { kernel: [3, 1, 2, 2], bias: [3] },
    },
  ],
  SeparableConv2D: [
    {
      what: 'same',
      config: { filters: 4, kernelSize: 3, padding: 'same', depthMultiplier: 2, activation: 'sigmoid' },
      outputShape: [5, 6, 4],
      parameters: { depthwiseKernel: [6, 1, 3, 3], pointwiseKernel: [4, 6, 1, 1], bias: [4] },
    },
    {
      what: 'valid with strides, without bias',
      config: { filters: 2, kernelSize: [2, 3], strides: [2, 1], useBias: false },
      outputShape: [2, 4, 2],
      parameters: { depthwiseKernel: [3, 1, 2, 3], pointwiseKernel: [2, 3, 1, 1] },
    },
  ],
  ZeroPadding2D: [
    { what: 'nothing said', config: {}, outputShape: [7, 8, 3] },
    { what: 'two numbers', config: { padding: [2, 0] }, outputShape: [9, 6, 3] },
    {
      what: 'every edge',
      config: {
        padding: [
          [0, 1],
          [2, 3],
        ],
      },
      outputShape: [6, 11, 3],
    },
  ],
};
