/** @file Convolutions as TensorFlow's ops. */
import type { ConvolutionConfig, LayerConfigs, SizeArgument } from '../../../../contracts/index.ts';
import { activate } from '../activations.ts';
import { attribute } from '../attributes.ts';
import type { FunctionBuilder, TfAttributes, TfValue } from '../function-builder.ts';
import type { TfLayerContext, TfLayerRules } from './rule.ts';

export const CONVOLUTION_LAYERS: TfLayerRules<'Conv2D' | 'DepthwiseConv2D' | 'SeparableConv2D' | 'Conv2DTranspose'> = {
  Conv2D: (context, [x], config) => {
    const { groups = 1 } = config;
    const attributes = windowAttributes(config);
    const kernel = context.weight('kernel');
    const result =
      groups === 1
        ? context.b.node('Conv2D', [x, kernel], attributes)
        : groupedConvolution(context, x, kernel, config, attributes);
    return finish(context, result, config);
  },
  DepthwiseConv2D: (context, [x], config) => {
    const kernel = context.weight('kernel');
    return finish(context, context.b.node('DepthwiseConv2dNative', [x, kernel], windowAttributes(config)), config);
  },
  SeparableConv2D: (context, [x], config) => {
    const { b, weight } = context;
    const between = b.node('DepthwiseConv2dNative', [x, weight('depthwiseKernel')], windowAttributes(config));
    const point = windowAttributes({ kernelSize: 1 });
    return finish(context, b.node('Conv2D', [between, weight('pointwiseKernel')], point), config);
  },
  Conv2DTranspose: (context, [x], config) => {
    const { b, weight, outputShape } = context;
    const size = b.node('Pack', [batchOf(b, x), ...outputShape.map((side) => b.int(side))], {
      N: attribute.int(outputShape.length + 1),
      axis: attribute.int(0),
    });
    const result = b.node('Conv2DBackpropInput', [size, weight('kernel'), x], windowAttributes(config));
    return finish(context, result, config);
  },
};

function finish({ b, weight }: TfLayerContext, x: TfValue, config: ConvolutionConfig): TfValue {
  const { useBias = true, activation } = config;
  return activate(b, useBias ? b.node('BiasAdd', [x, weight('bias')]) : x, activation);
}

function windowAttributes(config: ConvolutionConfig): TfAttributes {
  const { strides = 1, dilationRate = 1, padding = 'valid' } = config;
  return {
    strides: attribute.ints(overPicture(strides)),
    padding: attribute.text(padding.toUpperCase()),
    dilations: attribute.ints(overPicture(dilationRate)),
  };
}

/** A size as TensorFlow has it: for the batch, height, width, channels. */
export function overPicture(size: SizeArgument): readonly number[] {
  return [1, ...(typeof size === 'number' ? [size, size] : size), 1];
}

/**
 * Every group by itself: TensorFlow's optimizer makes one op of a convolution and its bias, and that op has no groups on a
 * processor. With a group for each channel it is a depthwise convolution.
 */
function groupedConvolution(
  { b, inputShapes: [[, , channels]] }: TfLayerContext,
  x: TfValue,
  kernel: TfValue,
  { groups = 1, filters, kernelSize }: LayerConfigs['Conv2D'],
  attributes: TfAttributes,
): TfValue {
  const [, height, width] = overPicture(kernelSize);
  if (groups === channels) {
    const depthwise = b.node('Reshape', [kernel, b.ints(height, width, channels, filters / channels)]);
    return b.node('DepthwiseConv2dNative', [x, depthwise], attributes);
  }
  const split = (value: TfValue) =>
    b.results('Split', [b.int(3), value], { num_split: attribute.int(groups) }, new Array(groups).fill(value.type));
  const kernels = split(kernel);
  const results = split(x).map((part, index) => b.node('Conv2D', [part, kernels[index]], attributes));
  return concatenate(b, results, 3);
}

export function concatenate(b: FunctionBuilder, values: readonly TfValue[], axis: number): TfValue {
  return b.node('ConcatV2', [...values, b.int(axis)], {
    N: attribute.int(values.length),
    Tidx: attribute.type('DT_INT32'),
  });
}

/** How many samples there are, as a number of the graph. */
export function batchOf(b: FunctionBuilder, x: TfValue): TfValue {
  const shape = b.node('Shape', [x], { out_type: attribute.type('DT_INT32') });
  return b.node('StridedSlice', [shape, b.ints(0), b.ints(1), b.ints(1)], { shrink_axis_mask: attribute.int(1) });
}
