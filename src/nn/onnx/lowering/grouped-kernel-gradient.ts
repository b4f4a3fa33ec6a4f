/**
 * @file Lowering of the gradient of the kernel of a convolution with groups.
 *
 * With one input channel in each group (a depthwise convolution) the products with shifted inputs are not matrix products
 * any more but sums over the pixels of each channel. Larger groups are convolutions of their own.
 */
import { fixed } from '../../graph/graph.ts';
import type { Pair } from '../../graph/ops.ts';
import { framed, type LoweringCall, type LoweringRule, reshape, slice } from './rule.ts';
import { pictureSize } from './windows.ts';

type KernelGradientCall = LoweringCall<'conv2dKernelGradient'>;

/** @param ofOneGroup lowering of a convolution without groups */
export function groupedKernelGradient(
  call: KernelGradientCall,
  ofOneGroup: LoweringRule<'conv2dKernelGradient'>,
): void {
  if (fixed(call.result.shape, 1) === 1) depthwise(call);
  else groupByGroup(call, ofOneGroup);
}

function depthwise({ writer, inputs, attributes, types, result, output }: KernelGradientCall): void {
  const { kernel, strides, dilations = [1, 1], pads } = attributes;
  const [batch, channels] = types[0].shape;
  const windows = pictureSize(types[1].shape);
  const filters = fixed(result.shape, 0);
  const multiplier = filters / fixed(types[0].shape, 1);
  const picture = framed(writer, inputs[0], pictureSize(types[0].shape), pads);
  // With several filters for each channel, they get an axis of their own.
  const apart = (x: string, perChannel: number): string =>
    multiplier === 1 ? x : reshape(writer, x, [batch, channels, perChannel, ...windows]);
  const gradient = apart(inputs[1], multiplier);
  const axes = multiplier === 1 ? [0, 2, 3] : [0, 3, 4];
  const places = Array.from({ length: kernel[0] * kernel[1] }, (_, place) => {
    const start: Pair = [Math.floor(place / kernel[1]) * dilations[0], (place % kernel[1]) * dilations[1]];
    const end = ([0, 1] as const).map((axis) => start[axis] + (windows[axis] - 1) * strides[axis] + 1);
    const shifted = apart(slice(writer, picture, [2, 3], start, end, strides), 1);
    const sum = writer.node('ReduceSum', [writer.node('Mul', [shifted, gradient]), writer.ints(...axes)], {
      keepdims: 0,
    });
    return reshape(writer, sum, [filters, 1]);
  });
  reshape(writer, writer.node('Concat', places, { axis: 1 }), result.shape, output);
}

function groupByGroup(call: KernelGradientCall, ofOneGroup: LoweringRule<'conv2dKernelGradient'>): void {
  const { writer, inputs, attributes, types, result, output } = call;
  const { groups = 1 } = attributes;
  const [filters, ...kernel] = result.shape;
  const part = (index: number, group: number) => {
    const [batch, channels, ...size] = types[index].shape;
    const count = Number(channels) / groups;
    return {
      name: slice(writer, inputs[index], [1], [group * count], [(group + 1) * count]),
      type: { ...types[index], shape: [batch, count, ...size] },
    };
  };
  const products = Array.from({ length: groups }, (_, group) => {
    const parts = [part(0, group), part(1, group)];
    const name = writer.freshName('group');
    ofOneGroup({
      writer,
      inputs: parts.map((one) => one.name),
      types: parts.map((one) => one.type),
      attributes: { ...attributes, groups: 1 },
      result: { ...result, shape: [Number(filters) / groups, ...kernel] },
      output: name,
    });
    return name;
  });
  writer.node('Concat', products, { axis: 0 }, output);
}
