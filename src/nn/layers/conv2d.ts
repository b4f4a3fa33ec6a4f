/** @file Conv2D: `[height, width, channels]` → `[height', width', filters]`. */
import type { LayerConfigs } from '../../contracts/index.ts';
import { fixed } from '../graph/graph.ts';
import { activate } from './activation.ts';
import { activationName, flag, optional, paddingName, positiveInteger, positivePair, required } from './arguments.ts';
import type { LayerRule } from './rule.ts';
import { slideOver, type WindowConfig, windowOf } from './windows.ts';

export const conv2dLayer: LayerRule<'Conv2D'> = {
  inputs: 1,
  arguments: {
    filters: required(positiveInteger),
    kernelSize: required(positivePair),
    strides: optional(positivePair),
    padding: optional(paddingName),
    activation: optional(activationName),
    useBias: optional(flag),
  },
  outputShape: ([input], config) => {
    const size = slideOver(input, windowConfig(config));
    return typeof size === 'string' ? size : [...size, config.filters];
  },
  parameters: ([input], { filters, kernelSize: [height, width], useBias = true }) => {
    const fans = { fanIn: height * width * input[2], fanOut: height * width * filters };
    return [
      { name: 'kernel', shape: [filters, input[2], height, width], initializer: 'glorotUniform', ...fans },
      ...(useBias ? [{ name: 'bias', shape: [filters], initializer: 'zeros', ...fans } as const] : []),
    ];
  },
  forward: ({ builder, parameter }, [x], config) => {
    const window = windowOf([fixed(x.shape, 2), fixed(x.shape, 3)], windowConfig(config));
    const weights = [parameter('kernel'), ...((config.useBias ?? true) ? [parameter('bias')] : [])];
    return activate(builder, builder.apply('conv2d', [x, ...weights], window), config.activation);
  },
};

function windowConfig({ kernelSize, strides = [1, 1], padding }: LayerConfigs['Conv2D']): WindowConfig {
  return { kernel: kernelSize, strides, padding };
}
