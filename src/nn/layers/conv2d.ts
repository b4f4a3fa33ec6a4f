/** @file Conv2D: `[height, width, channels]` → `[height', width', filters]`. */
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
import { pairOf, slideOver } from './windows.ts';

export const conv2dLayer: LayerRule<'Conv2D'> = {
  inputs: 1,
  arguments: {
    filters: required(positiveInteger),
    ...CONVOLUTION_ARGUMENTS,
    groups: optional(positiveInteger),
    ...weightArguments('kernel', 'bias'),
  },
  conflict: (config) => {
    const { filters, groups = 1 } = config;
    if (filters % groups === 0) return stridesWithDilation(config);
    return `has filters = ${filters} and groups = ${groups}; filters that divide into the groups were expected.`;
  },
  outputShape: ([input], config) => {
    const size = slideOver(input, convolutionWindow(config));
    if (typeof size === 'string') return size;
    const { filters, groups = 1 } = config;
    return input[2] % groups === 0 ? [...size, filters] : `a number of channels that divides into ${groups} groups`;
  },
  parameters: ([input], config) => {
    const { filters, groups = 1, kernelSize, useBias } = config;
    const channels = input[2] / groups;
    const fans = kernelFans(config, channels, filters);
    return [
      { name: 'kernel', shape: [filters, channels, ...pairOf(kernelSize)], initializer: 'glorotUniform', ...fans },
      ...biasParameter(filters, fans, useBias),
    ];
  },
  forward: ({ builder, parameter }, [x], config) => {
    const weights = [parameter('kernel'), ...((config.useBias ?? true) ? [parameter('bias')] : [])];
    const result = convolve(builder, x, weights, convolutionWindow(config), config.groups);
    return activate(builder, result, config.activation);
  },
};
