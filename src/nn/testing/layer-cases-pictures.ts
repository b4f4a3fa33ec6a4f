/** @file Cases of the layers that slide kernels over pictures or change their size. */
import type { LayerCase } from './layer-case.ts';

/** Of pictures of 5 x 6 with 3 channels, unless a case says otherwise. */
type PictureLayer =
  | 'DepthwiseConv2D'
  | 'SeparableConv2D'
  | 'Conv2DTranspose'
  | 'ZeroPadding2D'
  | 'Cropping2D'
  | 'UpSampling2D'
  | 'Resizing'
  | 'CenterCrop'
  | 'SpatialDropout2D';

export const PICTURE_LAYER_CASES: {
  readonly [T in PictureLayer]: readonly LayerCase<T>[];
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
  Conv2DTranspose: [
    {
      what: 'valid',
      config: { filters: 2, kernelSize: [3, 2] },
      outputShape: [7, 7, 2],
      parameters: { kernel: [3, 2, 3, 2], bias: [2] },
    },
    {
      what: 'valid, strides larger than the kernel, without bias',
      config: { filters: 2, kernelSize: 2, strides: [3, 1], useBias: false },
      outputShape: [15, 7, 2],
      parameters: { kernel: [3, 2, 2, 2] },
    },
    {
      what: 'same with strides',
      config: { filters: 4, kernelSize: [3, 4], strides: 2, padding: 'same', activation: 'tanh' },
      outputShape: [10, 12, 4],
      parameters: { kernel: [3, 4, 3, 4], bias: [4] },
    },
    {
      what: 'same with strides and output padding',
      config: { filters: 2, kernelSize: 3, strides: [2, 3], padding: 'same', outputPadding: [0, 2] },
      outputShape: [9, 18, 2],
      parameters: { kernel: [3, 2, 3, 3], bias: [2] },
    },
    {
      what: 'valid with strides and output padding',
      config: { filters: 2, kernelSize: [2, 3], strides: 2, outputPadding: 1 },
      outputShape: [11, 14, 2],
      parameters: { kernel: [3, 2, 2, 3], bias: [2] },
    },
    {
      what: 'dilation',
      config: { filters: 2, kernelSize: [3, 2], dilationRate: 2, padding: 'same' },
      outputShape: [5, 6, 2],
      parameters: { kernel: [3, 2, 3, 2], bias: [2] },
    },
  ],
  Cropping2D: [
    { what: 'nothing said', config: {}, outputShape: [5, 6, 3] },
    {
      what: 'every edge',
      config: {
        cropping: [
          [0, 1],
          [2, 3],
        ],
      },
      outputShape: [4, 1, 3],
    },
    { what: 'two numbers', config: { cropping: [2, 1] }, outputShape: [1, 4, 3] },
  ],
  UpSampling2D: [
    { what: 'nothing said', config: {}, outputShape: [10, 12, 3] },
    { what: 'nearest', config: { size: [3, 1] }, outputShape: [15, 6, 3] },
    { what: 'bilinear', config: { size: [2, 3], interpolation: 'bilinear' }, outputShape: [10, 18, 3] },
  ],
  Resizing: [
    { what: 'nothing said', config: { height: 7, width: 4 }, outputShape: [7, 4, 3] },
    { what: 'nearest', config: { height: 3, width: 9, interpolation: 'nearest' }, outputShape: [3, 9, 3] },
    { what: 'cropped at the sides', config: { height: 8, width: 5, cropToAspectRatio: true }, outputShape: [8, 5, 3] },
    {
      what: 'cropped above and below, nearest',
      config: { height: 2, width: 7, cropToAspectRatio: true, interpolation: 'nearest' },
      outputShape: [2, 7, 3],
    },
  ],
  CenterCrop: [
    { what: 'smaller', config: { height: 2, width: 3 }, outputShape: [2, 3, 3] },
    { what: 'wider than the picture', config: { height: 4, width: 9 }, outputShape: [4, 9, 3] },
  ],
  SpatialDropout2D: [{ what: 'of a picture', config: { rate: 0.4 }, outputShape: [5, 6, 3] }],
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
