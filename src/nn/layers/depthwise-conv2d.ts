/** @file DepthwiseConv2D: `[height, width, channels]` → `[height', width', channels * depthMultiplier]`. */
import { activate } from './activation.ts';
import { optional, positiveInteger } from './arguments.ts';
import {
  biasParameter,
  CONVOLUTION_ARGUMENTS,
  convolutionWindow,
  convolve,
  kernelFans,
  stridesWithDilation,
} from './convolution.ts';
import type { LayerRule } from './rule.ts';
import { weightArguments } from './weight-arguments.ts';
import { pairOf, slideOver } from './windows.ts';

/** The kernels of a channel follow each other: kernel `c * depthMultiplier + i` is the i-th of channel c. */
export const depthwiseConv2dLayer: LayerRule<'DepthwiseConv2D'> = {
  inputs: 1,
  arguments: {
    ...CONVOLUTION_ARGUMENTS,
    depthMultiplier: optional(positiveInteger),
    ...weightArguments('depthwise', 'bias'),
  },
  conflict: stridesWithDilation,
  outputShape: ([input], config) => {
    const size = slideOver(input, convolutionWindow(config));
    return typeof size === 'string' ? size : [...size, input[2] * (config.depthMultiplier ?? 1)];
  },
  parameters: ([input], config) => {
    const { depthMultiplier = 1, kernelSize, useBias } = config;
    const filters = input[2] * depthMultiplier;
    const fans = kernelFans(config, input[2], depthMultiplier);
    return [
      {
        name: 'kernel',
        argument: 'depthwise',
        shape: [filters, 1, ...pairOf(kernelSize)],
        initializer: 'glorotUniform',
        ...fans,
      },
      ...biasParameter(filters, fans, useBias),
    ];
  },
  forward: ({ builder, parameter }, [x], config) => {
    const weights = [parameter('kernel'), ...((config.useBias ?? true) ? [parameter('bias')] : [])];
    const result = convolve(builder, x, weights, convolutionWindow(config), Number(x.shape[1]));
    return activate(builder, result, config.activation);
  },
};
