/** @file Layers of convolutions and sizes: arguments that are wrong, names, masks, and what is left out of the graph. */
import { describe, expect, it } from 'vitest';
import { type ImageShape, type NetworkSpec, PictorError } from '../../contracts/index.ts';
import { gradientsGraph } from '../compile/gradients.ts';
import { checkNetwork } from '../testing/check-network.ts';
import {
  centerCrop,
  conv2dTranspose,
  cropping2d,
  depthwiseConv2d,
  resizing,
  separableConv2d,
  spatialDropout2d,
  upSampling2d,
  zeroPadding2d,
} from './convolution-layers.ts';
import { describeNetwork } from './describe.ts';
import type { Layer } from './layer.ts';
import { conv2d, dense, flatten, maxPooling2d, rescaling, sequential } from './sequential.ts';

const IMAGE: ImageShape = { height: 8, width: 6, channels: 3 };

function tiny(...layers: Layer[]): NetworkSpec {
  return sequential('tiny', IMAGE, [...layers, flatten({ name: 'flat' }), dense({ units: 3, name: 'logits' })]);
}

function messageOf(...layers: Layer[]): string {
  try {
    tiny(...layers);
  } catch (error) {
    if (!(error instanceof PictorError)) throw error;
    expect(error.code).toBe('network_invalid');
    expect(error.details).toHaveProperty('layer');
    return error.message;
  }
  throw new Error('No error was thrown.');
}

describe('arguments that are wrong', () => {
  const wrong: [what: string, layer: Layer, message: string][] = [
    [
      'filters that do not divide into the groups',
      conv2d({ filters: 4, kernelSize: 1, groups: 3 }),
      'Layer "conv2d" (Conv2D) has filters = 4 and groups = 3; filters that divide into the groups were expected.',
    ],
    [
      'channels that do not divide into the groups',
      conv2d({ filters: 4, kernelSize: 1, groups: 2 }),
      'Layer "conv2d" (Conv2D) cannot take an input of shape [8, 6, 3]; a number of channels that divides into 2 groups was expected.',
    ],
    [
      'strides and dilation',
      depthwiseConv2d({ kernelSize: 3, strides: [1, 2], dilationRate: 2 }),
      'Layer "depthwise_conv2d" (DepthwiseConv2D) has strides = [1,2] and dilationRate = 2; one of them was expected to be 1.',
    ],
    [
      'a kernel with holes, larger than the picture',
      separableConv2d({ filters: 1, kernelSize: 3, dilationRate: [1, 3] }),
      'Layer "separable_conv2d" (SeparableConv2D) cannot take an input of shape [8, 6, 3]; at least 3 x 7 pixels was expected.',
    ],
    [
      'no kernels for a channel',
      depthwiseConv2d({ kernelSize: 3, depthMultiplier: 0 }),
      'has depthMultiplier = 0; a whole number of 1 or more was expected.',
    ],
    [
      'negative padding',
      zeroPadding2d({ padding: -1 }),
      'has padding = -1; a whole number of 0 or more, two of them, or [[top, bottom], [left, right]] was expected.',
    ],
    [
      'a crop of everything',
      cropping2d({ cropping: [4, 1] }),
      'Layer "cropping2d" (Cropping2D) cannot take an input of shape [8, 6, 3]; at least 9 x 3 pixels was expected.',
    ],
    [
      'output padding as large as the strides',
      conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, outputPadding: [1, 2] }),
      'has outputPadding = [1,2] and strides = 2; less than the strides was expected.',
    ],
    [
      'no output padding with an even kernel',
      conv2dTranspose({ filters: 1, kernelSize: [3, 4], strides: 2, padding: 'same', outputPadding: 0 }),
      'has outputPadding = 0 and kernelSize = [3,4]; with padding same and an even kernel, 1 or more was expected.',
    ],
    [
      'an unknown interpolation',
      upSampling2d({ interpolation: 'bicubic' as 'nearest' }),
      'Layer "up_sampling2d" (UpSampling2D) has interpolation = "bicubic"; one of nearest, bilinear was expected.',
    ],
    ['a height of 0', resizing({ height: 0, width: 4 }), 'Layer "resizing" (Resizing) has height = 0;'],
    ['half a pixel', centerCrop({ height: 2.5, width: 4 }), 'Layer "center_crop" (CenterCrop) has height = 2.5;'],
    [
      'a rate of 1',
      spatialDropout2d({ rate: 1 }),
      'has rate = 1; a number from 0 up to, not including, 1 was expected.',
    ],
  ];

  it.each(wrong)('%s', (_, layer, message) => {
    expect(messageOf(layer)).toContain(message);
  });

  const ofPictures: Layer[] = [
    depthwiseConv2d({ kernelSize: 1 }),
    separableConv2d({ filters: 1, kernelSize: 1 }),
    conv2dTranspose({ filters: 1, kernelSize: 1 }),
    zeroPadding2d(),
    cropping2d(),
    upSampling2d(),
    resizing({ height: 1, width: 1 }),
    centerCrop({ height: 1, width: 1 }),
    spatialDropout2d({ rate: 0.1 }),
  ];
  it.each(ofPictures)('$layer after a Flatten', (layer) => {
    expect(messageOf(flatten(), layer)).toContain(
      `(${layer.layer}) cannot take an input of shape [144]; a picture [height, width, channels] was expected.`,
    );
  });
});

describe('first weights', () => {
  it("have Keras' fans", () => {
    const { parameters } = describeNetwork(
      tiny(
        depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 2 }),
        conv2d({ filters: 4, kernelSize: 3, groups: 2, padding: 'same' }),
        conv2dTranspose({ filters: 5, kernelSize: 2 }),
        separableConv2d({ filters: 7, kernelSize: 2, depthMultiplier: 3 }),
      ),
    );
    const fans = parameters.map(({ name, fanIn, fanOut }) => [name, fanIn, fanOut]);
    expect(fans.filter(([name]) => /ernel$/.test(String(name))).slice(0, 5)).toEqual([
      ['depthwise_conv2d/kernel', 18, 12],
      ['conv2d/kernel', 27, 36],
      ['conv2d_transpose/kernel', 20, 16],
      ['separable_conv2d/depthwiseKernel', 20, 12],
      ['separable_conv2d/pointwiseKernel', 15, 7],
    ]);
  });
});

describe('zeros around a picture before a max-pool', () => {
  // The runtime's own padding of a max-pool is below everything, and it would like to make one of the two.
  it.each(['valid', 'same'] as const)('stay zeros, padding %s', async (padding) => {
    const spec = sequential('negative pixels', IMAGE, [
      rescaling({ scale: 1 / 100, offset: -3 }),
      zeroPadding2d(),
      maxPooling2d({ poolSize: 3, strides: 2, padding }),
      flatten(),
      dense({ units: 3 }),
    ]);
    await checkNetwork(spec, { batchSize: 2, classes: 3, elements: 2 });
  });
});

describe('a training graph', () => {
  it('takes one number for each channel that is dropped', () => {
    const { masks } = gradientsGraph(tiny(spatialDropout2d({ rate: 0.25 })), { batchSize: 4 });
    expect(masks).toEqual([{ name: 'spatial_dropout2d/mask', shape: [4, 3, 1, 1], rate: 0.25 }]);
  });

  it('pools before it activates, after a convolution with groups as after any', () => {
    const spec = tiny(depthwiseConv2d({ kernelSize: 3, activation: 'relu' }), maxPooling2d());
    const ops = gradientsGraph(spec, { batchSize: 2 }).graph.nodes.map(({ op }) => op);
    expect(ops.indexOf('maxPool2d')).toBeLessThan(ops.indexOf('relu'));
    expect(ops.filter((op) => op === 'conv2d')).toHaveLength(1);
  });
});
