/**
 * @file Convolutions on channel blocks, about twice as fast as plain ones, which copy all patches together first.
 *
 * The runtime uses them by itself when weights are constant. In training weights change, so the file brings them into
 * blocks in each step; they are small.
 */
import { fixed, type Value } from '../../graph/graph.ts';
import type { ConvolutionAttributes, Pads, Pair } from '../../graph/ops.ts';
import { framed, negative, positive, reshape, slice } from '../lowering/rule.ts';
import { pictureSize } from '../lowering/windows.ts';
import type { OnnxWriter } from '../writer.ts';
import { type BlockedCall, type BlockedRule, blockNode } from './rule.ts';

export interface BlockConvolution {
  readonly picture: string;
  readonly kernel: string;
  readonly bias?: string;
  /** Added to the result. */
  readonly sum?: string;
  readonly size: Pair;
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly pads?: Pads;
  readonly groups?: number;
}

export function blockConvolution(writer: OnnxWriter, convolution: BlockConvolution): string {
  const { picture, kernel, bias, sum, size, strides, dilations, pads, groups } = convolution;
  const inputs = [picture, kernel, ...(bias || sum ? [bias ?? ''] : []), ...(sum ? [sum] : [])];
  return blockNode(writer, 'Conv', inputs, {
    kernel_shape: size,
    strides: strides ?? [1, 1],
    dilations: dilations ?? [1, 1],
    pads: pads ?? [0, 0, 0, 0],
    group: groups ?? 1,
    auto_pad: 'NOTSET',
  });
}

export const blockedConv2d: BlockedRule<'conv2d'> = (call) => {
  const { writer, layouts, inputs, attributes, result } = call;
  const [x, kernel, bias] = inputs;
  const way = convolutionWay(call, x, result, attributes);
  if (way === null) return false;
  const name = blockConvolution(writer, {
    picture: picture(call, x, way === 'few'),
    kernel: way === 'depthwise' ? depthwiseBlocks(call, kernel, layouts.plain(kernel)) : kernelBlocks(call, kernel),
    bias: bias && layouts.plain(bias),
    size: attributes.kernel,
    strides: attributes.strides,
    dilations: attributes.dilations,
    pads: positive(attributes.pads),
    groups: attributes.groups,
  });
  layouts.setBlocked(result, name);
  return true;
};

/** Without the pixels that negative pads leave out. */
function picture({ writer, layouts, attributes }: BlockedCall<'conv2d'>, x: Value, plain: boolean): string {
  const crop = negative(attributes.pads);
  if (crop.every((pad) => pad === 0)) return plain ? layouts.plain(x) : layouts.blocked(x);
  const cropped = framed(writer, layouts.plain(x), pictureSize(x.shape), crop);
  return plain ? cropped : blockNode(writer, 'ReorderInput', [cropped], { channels_last: 0 });
}

/**
 * The gradient of a picture is the convolution of the result's gradient with the kernel turned around, inputs and outputs
 * exchanged. With strides it would be a convolution of mostly zeros, which the plain way knows how to leave out.
 */
export const blockedInputGradient: BlockedRule<'conv2dInputGradient'> = (call) => {
  const { writer, layouts, inputs, attributes, result } = call;
  const [gradient, kernel] = inputs;
  const { strides, inputSize, kernel: size, dilations = [1, 1] } = attributes;
  const way = convolutionWay(call, gradient, result, attributes);
  if (way === null || way === 'few' || strides[0] !== 1 || strides[1] !== 1) return false;
  const pads = turnedPads(attributes.pads, size, dilations, pictureSize(gradient.shape), inputSize);
  if (pads.some((pad) => pad < 0)) return false;
  const name = blockConvolution(writer, {
    picture: layouts.blocked(gradient),
    kernel: way === 'dense' ? turnedKernelBlocks(call, kernel) : turnedDepthwiseBlocks(call, kernel),
    size,
    dilations,
    pads,
    groups: attributes.groups,
  });
  layouts.setBlocked(result, name);
  return true;
};

function turnedPads(pads: Pads, size: Pair, dilations: Pair, windows: Pair, inputSize: Pair): Pads {
  const start = (axis: 0 | 1): number => (size[axis] - 1) * dilations[axis] - pads[axis];
  const end = (axis: 0 | 1): number =>
    inputSize[axis] - windows[axis] + (size[axis] - 1) * dilations[axis] - start(axis);
  return [start(0), start(1), end(0), end(1)];
}

/** `few`: less channels than a block, read from the plain picture. Null: not in blocks. */
function convolutionWay(
  { block, layouts }: BlockedCall<'conv2d' | 'conv2dInputGradient'>,
  from: Value,
  to: Value,
  { groups = 1 }: ConvolutionAttributes,
): 'dense' | 'few' | 'depthwise' | null {
  if (!layouts.fits(to)) return null;
  const channels = fixed(from.shape, 1);
  if (groups === 1) {
    if (layouts.fits(from)) return 'dense';
    return channels < block ? 'few' : null;
  }
  return groups === channels && groups === to.shape[1] ? 'depthwise' : null;
}

/**
 * `[out, in, kh, kw]` → `[out / block, in / block, kh, kw, block of in, block of out]`; few inputs are not in blocks. In two
 * steps, which is twice as fast: filters go last, then whole blocks move.
 */
function kernelBlocks({ writer, layouts, block }: BlockedCall<'conv2d'>, kernel: Value): string {
  const [filters, channels, rows, columns] = kernel.shape as readonly number[];
  const places = rows * columns;
  const filtersLast = transposed(writer, layouts.plain(kernel), [filters / block, block, channels * places], [0, 2, 1]);
  const parted =
    channels < block
      ? filtersLast
      : transposed(writer, filtersLast, [(filters * channels) / block ** 2, block, places, block], [0, 2, 1, 3]);
  return reshape(writer, parted, kernel.shape);
}

/** With the two sides exchanged and the kernel turned around. */
function turnedKernelBlocks({ writer, layouts, block }: BlockedCall<'conv2dInputGradient'>, kernel: Value): string {
  const [filters, channels, rows, columns] = kernel.shape as readonly number[];
  const name = layouts.plain(kernel);
  const parted =
    rows === 1 && columns === 1
      ? transposed(writer, name, [filters / block, block, channels / block, block], [2, 0, 1, 3])
      : transposed(
          writer,
          turned(writer, name, rows, columns),
          [filters / block, block, channels / block, block, rows, columns],
          [2, 0, 4, 5, 1, 3],
        );
  return reshape(writer, parted, [channels, filters, rows, columns]);
}

/** @param name of the kernel, as it is or turned around */
function depthwiseBlocks(
  { writer, block }: BlockedCall<'conv2d' | 'conv2dInputGradient'>,
  { shape }: Value,
  name: string,
): string {
  const [channels, , rows, columns] = shape as readonly number[];
  return reshape(writer, transposed(writer, name, [channels / block, block, rows * columns], [0, 2, 1]), shape);
}

function turnedDepthwiseBlocks(call: BlockedCall<'conv2dInputGradient'>, kernel: Value): string {
  const [rows, columns] = pictureSize(kernel.shape);
  return depthwiseBlocks(call, kernel, turned(call.writer, call.layouts.plain(kernel), rows, columns));
}

function transposed(writer: OnnxWriter, name: string, shape: readonly number[], perm: readonly number[]): string {
  return writer.node('Transpose', [reshape(writer, name, shape)], { perm });
}

/** Upside down and left to right. */
function turned(writer: OnnxWriter, kernel: string, rows: number, columns: number): string {
  if (rows === 1 && columns === 1) return kernel;
  return slice(writer, kernel, [2, 3], [-1, -1], [-rows - 1, -columns - 1], [-1, -1]);
}
