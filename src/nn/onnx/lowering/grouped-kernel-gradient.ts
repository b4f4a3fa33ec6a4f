/**
 * @file Lowering of the gradient of the kernel of a convolution with groups.
 *
 * Groups of several channels are convolutions of their own. With one input channel in each group (a depthwise
 * convolution) there are no matrices to multiply: every number is the product of a channel of the picture, shifted, with
 * a channel of the result's gradient.
 */
import { fixed } from '../../graph/graph.ts';
import type { Pads, Pair } from '../../graph/ops.ts';
import { windowReach } from '../../graph/window.ts';
import { framed, type LoweringCall, type LoweringRule, negative, positive, reshape, slice } from './rule.ts';
import { pictureSize, windowAttributes } from './windows.ts';

type KernelGradientCall = LoweringCall<'conv2dKernelGradient'>;

/** @param ofOneGroup lowering of a convolution without groups */
export function groupedKernelGradient(
  call: KernelGradientCall,
  ofOneGroup: LoweringRule<'conv2dKernelGradient'>,
): void {
  if (fixed(call.result.shape, 1) === 1) depthwise(call);
  else groupByGroup(call, ofOneGroup);
}

/**
 * The products with all shifts are a convolution again: of each channel of each sample, by its gradient as the kernel.
 * Strides and dilation change places. It took 0.3 to 1.3 times the processor time of shifting, multiplying and summing
 * place by place (batch 16, 32 to 960 channels of 112 to 7 pixels), and it is 4 nodes instead of 40.
 */
function depthwise({ writer, inputs: [x, gradient], attributes, types, result, output }: KernelGradientCall): void {
  const { kernel, strides, dilations = [1, 1], pads } = attributes;
  const [batch, channels] = [fixed(types[0].shape, 0), fixed(types[0].shape, 1)];
  const size = pictureSize(types[0].shape);
  const windows = pictureSize(types[1].shape);
  const filters = fixed(result.shape, 0);
  const reach = windowReach(attributes);
  // Pixels at the end that no window reaches would make the kernel larger.
  const end = (axis: 0 | 1): number => (windows[axis] - 1) * strides[axis] + reach[axis] - size[axis] - pads[axis];
  const reached: Pads = [pads[0], pads[1], end(0), end(1)];
  const crop = negative(reached);
  const cropped: Pair = [size[0] + crop[0] + crop[2], size[1] + crop[1] + crop[3]];
  const planes = reshape(writer, framed(writer, x, size, crop), [1, batch * channels, ...cropped]);
  const kernels = reshape(writer, gradient, [batch * filters, 1, ...windows]);
  const bySample = writer.node(
    'Conv',
    [planes, kernels],
    windowAttributes({
      kernel: windows,
      strides: dilations,
      dilations: strides,
      pads: positive(reached),
      groups: batch * channels,
    }),
  );
  const apart = reshape(writer, bySample, [batch, filters, 1, ...kernel]);
  writer.node('ReduceSum', [apart, writer.ints(0)], { keepdims: 0 }, output);
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
