/** @file Convolutions as TensorFlow's ops. */
import type { ConvolutionConfig, LayerConfigs, SizeArgument } from '../../../../contracts/index.ts';
import { pairOf, samePads, windowReach } from '../../../../nn/index.ts';
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
  DepthwiseConv2D: (context, [x], config) =>
    finish(context, depthwise(context, x, context.weight('kernel'), config), config),
  SeparableConv2D: (context, [x], config) => {
    const { b, weight } = context;
    const between = depthwise(context, x, weight('depthwiseKernel'), config);
    const point = windowAttributes({ kernelSize: 1 });
    return finish(context, b.node('Conv2D', [between, weight('pointwiseKernel')], point), config);
  },
  Conv2DTranspose: (context, [x], config) => {
    const { b, weight, inputShapes, outputShape } = context;
    const size = b.node('Pack', [batchOf(b, x), ...outputShape.map((side) => b.int(side))], {
      N: attribute.int(outputShape.length + 1),
      axis: attribute.int(0),
    });
    const filters = [config.filters, inputShapes[0][2]];
    const kernel = widened(b, weight('kernel'), config, filters);
    const attributes = windowAttributes({ ...config, dilationRate: 1 });
    return finish(context, b.node('Conv2DBackpropInput', [size, kernel, x], attributes), config);
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
  return [1, ...pairOf(size), 1];
}

/**
 * Every group by itself: TensorFlow's optimizer makes one op of a convolution and its bias, and that op has no groups on a
 * processor.
 */
function groupedConvolution(
  { b }: TfLayerContext,
  x: TfValue,
  kernel: TfValue,
  { groups = 1 }: LayerConfigs['Conv2D'],
  attributes: TfAttributes,
): TfValue {
  const split = (value: TfValue) =>
    b.results('Split', [b.int(3), value], { num_split: attribute.int(groups) }, new Array(groups).fill(value.type));
  const kernels = split(kernel);
  const results = split(x).map((part, index) => b.node('Conv2D', [part, kernels[index]], attributes));
  return concatenate(b, results, 3);
}

/**
 * A depthwise convolution, of which TensorFlow has on a processor only those without dilation and with one stride for both
 * directions: a kernel gets zeros in its holes, and of unequal strides every place is computed and those between are left out.
 */
function depthwise(
  { b, inputShapes: [[height, width, channels]] }: TfLayerContext,
  x: TfValue,
  kernel: TfValue,
  config: ConvolutionConfig & { readonly depthMultiplier?: number },
): TfValue {
  const { strides = 1, padding, kernelSize, dilationRate = 1, depthMultiplier = 1 } = config;
  const whole = widened(b, kernel, config, [channels, depthMultiplier]);
  const [down, across] = pairOf(strides);
  if (down === across) {
    return b.node('DepthwiseConv2dNative', [x, whole], windowAttributes({ ...config, dilationRate: 1 }));
  }
  const reach = windowReach({ kernel: pairOf(kernelSize), dilations: pairOf(dilationRate) });
  const [top, left, bottom, right] =
    padding === 'same' ? samePads([height, width], reach, [down, across]) : [0, 0, 0, 0];
  const edges = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const padded = padding === 'same' ? b.node('Pad', [x, b.intRows(edges)]) : x;
  const places = b.node('DepthwiseConv2dNative', [padded, whole], windowAttributes({ kernelSize }));
  const ends = { begin_mask: attribute.int(15), end_mask: attribute.int(15) };
  return b.node('StridedSlice', [places, b.ints(0, 0, 0, 0), b.ints(0, 0, 0, 0), b.ints(1, down, across, 1)], ends);
}

/** A kernel `[height, width, ...filters]` with zeros in its holes, so that it needs no dilation. */
function widened(
  b: FunctionBuilder,
  kernel: TfValue,
  { kernelSize, dilationRate = 1 }: ConvolutionConfig,
  filters: readonly number[],
): TfValue {
  const [[height, width], [down, across]] = [pairOf(kernelSize), pairOf(dilationRate)];
  if (down === 1 && across === 1) return kernel;
  const apart = b.node('Reshape', [kernel, b.ints(height, 1, width, 1, ...filters)]);
  const none = [0, 0];
  const holes = b.node('Pad', [apart, b.intRows([none, [0, down - 1], none, [0, across - 1], none, none])]);
  const together = b.node('Reshape', [holes, b.ints(height * down, width * across, ...filters)]);
  const reach = windowReach({ kernel: [height, width], dilations: [down, across] });
  return b.node('Slice', [together, b.ints(0, 0, 0, 0), b.ints(...reach, -1, -1)]);
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
