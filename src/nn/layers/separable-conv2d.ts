/** @file SeparableConv2D: a depthwise convolution, then one of 1 x 1 over all channels. */
import { activate } from './activation.ts';
import { optional, positiveInteger, required } from './arguments.ts';
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
import { pairOf, slideOver, type WindowConfig } from './windows.ts';

const POINT: WindowConfig = { kernel: [1, 1], strides: [1, 1], padding: 'valid' };

export const separableConv2dLayer: LayerRule<'SeparableConv2D'> = {
  inputs: 1,
  arguments: {
    filters: required(positiveInteger),
    ...CONVOLUTION_ARGUMENTS,
    depthMultiplier: optional(positiveInteger),
    ...weightArguments('depthwise', 'pointwise', 'bias'),
  },
  conflict: stridesWithDilation,
  outputShape: ([input], config) => {
    const size = slideOver(input, convolutionWindow(config));
    return typeof size === 'string' ? size : [...size, config.filters];
  },
  parameters: ([input], config) => {
    const { filters, depthMultiplier = 1, kernelSize, useBias } = config;
    const between = input[2] * depthMultiplier;
    const pointwise = { fanIn: between, fanOut: filters };
    return [
      {
        name: 'depthwiseKernel',
        argument: 'depthwise',
        shape: [between, 1, ...pairOf(kernelSize)],
        initializer: 'glorotUniform',
        ...kernelFans(config, input[2], depthMultiplier),
      },
      {
        name: 'pointwiseKernel',
        argument: 'pointwise',
        shape: [filters, between, 1, 1],
        initializer: 'glorotUniform',
        ...pointwise,
      },
      ...biasParameter(filters, pointwise, useBias),
    ];
  },
  forward: ({ builder, parameter }, [x], config) => {
    const between = convolve(builder, x, [parameter('depthwiseKernel')], convolutionWindow(config), Number(x.shape[1]));
    const weights = [parameter('pointwiseKernel'), ...((config.useBias ?? true) ? [parameter('bias')] : [])];
    return activate(builder, convolve(builder, between, weights, POINT), config.activation);
  },
};
