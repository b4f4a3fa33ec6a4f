/** @file Cases of convolutions with groups and dilation, and of operations that change the size of pictures. */
import type { ConvolutionAttributes, Pads, Pair } from '../graph/ops.ts';
import type { CaseInput, OpCase } from './check-op.ts';

const floats = (...shape: number[]): CaseInput => ({ shape });

const window = (
  kernel: Pair,
  { strides = [1, 1], pads = [0, 0, 0, 0], ...rest }: Partial<ConvolutionAttributes> = {},
): ConvolutionAttributes => ({ kernel, strides, pads, ...rest });

const around: Pads = [1, 1, 1, 1];

/** Their gradients are checked with them. */
export const GROUPED_CONVOLUTIONS: readonly OpCase<'conv2d'>[] = [
  {
    what: 'two groups',
    inputs: [floats(2, 4, 5, 6), floats(6, 2, 3, 2), floats(6)],
    attributes: window([3, 2], { groups: 2 }),
  },
  {
    what: 'two groups of many channels, strides, uneven padding',
    inputs: [floats(2, 18, 5, 6), floats(4, 9, 3, 3)],
    attributes: window([3, 3], { groups: 2, strides: [2, 2], pads: [1, 0, 1, 1] }),
  },
  {
    what: 'depthwise',
    inputs: [floats(2, 3, 5, 6), floats(3, 1, 3, 3), floats(3)],
    attributes: window([3, 3], { groups: 3, pads: around }),
  },
  {
    what: 'depthwise, an even kernel, strides that leave pixels over',
    inputs: [floats(2, 3, 7, 8), floats(3, 1, 2, 4)],
    attributes: window([2, 4], { groups: 3, strides: [2, 3] }),
  },
  {
    what: 'depthwise, strides, uneven padding',
    inputs: [floats(1, 4, 7, 8), floats(4, 1, 3, 3)],
    attributes: window([3, 3], { groups: 4, strides: [2, 2], pads: [1, 0, 1, 1] }),
  },
  {
    what: 'depthwise, cropping',
    inputs: [floats(1, 2, 7, 8), floats(2, 1, 3, 3)],
    attributes: window([3, 3], { groups: 2, pads: [-1, 1, 0, -2] }),
  },
  {
    what: 'depthwise, two filters for each channel, strides',
    inputs: [floats(2, 3, 6, 5), floats(6, 1, 3, 2), floats(6)],
    attributes: window([3, 2], { groups: 3, strides: [2, 1], pads: [0, 0, 1, 1] }),
  },
  {
    what: 'depthwise, a kernel of 1',
    inputs: [floats(2, 3, 4, 5), floats(3, 1, 1, 1)],
    attributes: window([1, 1], { groups: 3 }),
  },
  {
    what: 'depthwise, one column of windows',
    inputs: [floats(2, 3, 6, 3), floats(3, 1, 3, 3)],
    attributes: window([3, 3], { groups: 3 }),
  },
  {
    what: 'dilation',
    inputs: [floats(2, 2, 7, 9), floats(3, 2, 3, 2), floats(3)],
    attributes: window([3, 2], { dilations: [2, 3] }),
  },
  {
    what: 'dilation, many channels, uneven padding',
    inputs: [floats(1, 9, 6, 5), floats(2, 9, 2, 3)],
    attributes: window([2, 3], { dilations: [3, 2], pads: [1, 2, 2, 2] }),
  },
  {
    what: 'dilation, strides',
    inputs: [floats(1, 8, 9, 10), floats(2, 8, 3, 2)],
    attributes: window([3, 2], { dilations: [2, 3], strides: [3, 2], pads: [1, 1, 0, 1] }),
  },
  {
    what: 'depthwise with dilation and strides',
    inputs: [floats(2, 3, 8, 7), floats(6, 1, 2, 3)],
    attributes: window([2, 3], { groups: 3, dilations: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1] }),
  },
];

export const PADDINGS_OF_PICTURES: readonly OpCase<'pad2d'>[] = [
  { what: 'zeros around', inputs: [floats(2, 2, 3, 4)], attributes: { pads: [1, 0, 2, 3] } },
  { what: 'a crop', inputs: [floats(2, 2, 6, 5)], attributes: { pads: [-1, -2, -3, 0] } },
  { what: 'zeros and a crop', inputs: [floats(1, 3, 4, 5)], attributes: { pads: [1, -2, -1, 2] } },
];

export const TRANSPOSED_CONVOLUTIONS: readonly OpCase<'conv2dInputGradient'>[] = [
  {
    what: 'strides that pads do not share evenly',
    inputs: [floats(2, 3, 3, 4), floats(3, 2, 3, 2)],
    attributes: { ...window([3, 2], { strides: [2, 3], pads: [0, 0, 1, 0] }), inputSize: [6, 12] },
  },
  {
    what: 'many channels, an even kernel',
    inputs: [floats(1, 9, 4, 3), floats(9, 8, 4, 4)],
    attributes: { ...window([4, 4], { strides: [2, 2], pads: around }), inputSize: [8, 6] },
  },
  {
    what: 'dilation',
    inputs: [floats(1, 2, 4, 3), floats(2, 3, 2, 3)],
    attributes: { ...window([2, 3], { dilations: [3, 2] }), inputSize: [7, 7] },
  },
];

const sizes: readonly [what: string, before: Pair, after: Pair][] = [
  ['twice and three times', [3, 4], [6, 12]],
  ['larger', [3, 5], [7, 8]],
  ['smaller', [9, 7], [4, 3]],
  ['larger and smaller', [4, 9], [6, 5]],
  ['halves', [6, 8], [3, 4]],
  ['one pixel', [1, 1], [3, 2]],
  ['to one pixel', [4, 5], [1, 1]],
];
const interpolations = ['nearest', 'bilinear'] as const;

export const RESIZINGS: readonly OpCase<'resize2d'>[] = interpolations.flatMap((interpolation) =>
  sizes.map(([what, before, size]) => ({
    what: `${interpolation}, ${what}`,
    inputs: [floats(2, 3, ...before)],
    attributes: { size, interpolation },
  })),
);

export const RESIZING_GRADIENTS: readonly OpCase<'resize2dGradient'>[] = [
  { what: 'pairs', inputs: [floats(1, 2, 4, 6)], attributes: { size: [2, 3], interpolation: 'nearest' } },
];
