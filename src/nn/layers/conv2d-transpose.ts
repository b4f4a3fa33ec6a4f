/** @file Conv2DTranspose: the gradient of a convolution by its input, as a layer: `[h, w, c]` → `[h', w', filters]`. */
import type { LayerConfigs } from '../../contracts/index.ts';
import { fixed } from '../graph/graph.ts';
import type { ConvolutionGradientAttributes, Pair } from '../graph/ops.ts';
import { windowReach } from '../graph/window.ts';
import { activate } from './activation.ts';
import { optional, pixelCounts, positiveInteger, required } from './arguments.ts';
import {
  biasParameter,
  CONVOLUTION_ARGUMENTS,
  convolutionWindow,
  kernelFans,
  stridesWithDilation,
} from './convolution.ts';
import type { LayerRule } from './rule.ts';
import { weightArguments } from './weight-arguments.ts';
import { pairOf, windowOf } from './windows.ts';

type Config = LayerConfigs['Conv2DTranspose'];

/** The kernel is `[channels, filters, height, width]`: that of the convolution from the result to the input. */
export const conv2dTransposeLayer: LayerRule<'Conv2DTranspose'> = {
  inputs: 1,
  arguments: {
    filters: required(positiveInteger),
    ...CONVOLUTION_ARGUMENTS,
    outputPadding: optional(pixelCounts),
    ...weightArguments('kernel', 'bias'),
  },
  conflict: (config) => stridesWithDilation(config) ?? outputPaddingConflict(config),
  outputShape: ([input], config) => {
    if (input.length !== 3) return 'a picture [height, width, channels]';
    return [...resultSize([input[0], input[1]], config), config.filters];
  },
  parameters: ([input], config) => {
    const { filters, kernelSize, useBias } = config;
    const fans = kernelFans(config, filters, input[2]);
    return [
      { name: 'kernel', shape: [input[2], filters, ...pairOf(kernelSize)], initializer: 'glorotUniform', ...fans },
      ...biasParameter(filters, fans, useBias),
    ];
  },
  forward: ({ builder, parameter }, [x], config) => {
    const { filters, activation, useBias = true } = config;
    const window = transposedWindow([fixed(x.shape, 2), fixed(x.shape, 3)], config);
    const result = builder.apply('conv2dInputGradient', [x, parameter('kernel')], window);
    if (!useBias) return activate(builder, result, activation);
    const bias = builder.reshape(parameter('bias'), [1, filters, 1, 1]);
    return activate(builder, builder.add(result, bias), activation);
  },
};

/** The convolution that would take the result back. */
function transposedWindow(size: Pair, config: Config): ConvolutionGradientAttributes {
  const inputSize = resultSize(size, config);
  return { ...windowOf(inputSize, convolutionWindow(config)), inputSize };
}

/** Of several sizes that the convolution would take to `size`, the one that Keras chooses. */
function resultSize(size: Pair, config: Config): Pair {
  const window = convolutionWindow(config);
  const reach = windowReach(window);
  const added = config.outputPadding === undefined ? null : pairOf(config.outputPadding);
  const along = (axis: 0 | 1): number => {
    const stride = window.strides[axis];
    const rest = added?.[axis];
    const covered = (size[axis] - 1) * stride;
    if (config.padding === 'same') return covered + (rest === undefined ? stride : (reach[axis] % 2) + rest);
    return covered + (rest === undefined ? Math.max(reach[axis], stride) : reach[axis] + rest);
  };
  return [along(0), along(1)];
}

function outputPaddingConflict(config: Config): string | null {
  const { outputPadding, kernelSize, strides = 1 } = config;
  if (outputPadding === undefined) return null;
  const added = pairOf(outputPadding);
  const reach = windowReach(convolutionWindow(config));
  const steps = pairOf(strides);
  if (added.some((rest, axis) => rest >= steps[axis])) {
    return `has outputPadding = ${JSON.stringify(outputPadding)} and strides = ${JSON.stringify(strides)}; less than the strides was expected.`;
  }
  // With an even kernel and nothing added, `same` would give a picture that has fewer windows than the input has pixels.
  if (config.padding === 'same' && added.some((rest, axis) => rest === 0 && reach[axis] % 2 === 0)) {
    return `has outputPadding = ${JSON.stringify(outputPadding)} and kernelSize = ${JSON.stringify(kernelSize)}; with padding same and an even kernel, 1 or more was expected.`;
  }
  return null;
}
