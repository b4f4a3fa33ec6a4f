/** @file Lowering of pools. */
import { elementCount } from '../../graph/graph.ts';
import type { Pair, WindowAttributes } from '../../graph/ops.ts';
import { isTiling } from '../../graph/window.ts';
import { isPairTiling, winnersOfPairs } from './pool-winners.ts';
import { framed, type LoweringCall, type LoweringRules, reshape, slice } from './rule.ts';
import { pictureSize, repeatTiles, scatterWindows, windowAttributes } from './windows.ts';

export const POOLING_LOWERING: LoweringRules<
  'maxPool2d' | 'maxPool2dGradient' | 'averagePool2d' | 'averagePool2dGradient'
> = {
  maxPool2d: ({ writer, inputs, attributes, output }) => {
    writer.node('MaxPool', inputs, windowAttributes(attributes), output);
  },
  maxPool2dGradient: (call) => {
    if (isPairTiling(call.attributes)) winnersOfPairs(call);
    else winnersByPlace(call);
  },
  averagePool2d: ({ writer, inputs, attributes, output }) => {
    writer.node('AveragePool', inputs, { ...windowAttributes(attributes), count_include_pad: 0 }, output);
  },
  averagePool2dGradient: ({ writer, inputs: [gradient], attributes, types, result, output }) => {
    const windows = pictureSize(types[0].shape);
    const { kernel, inputSize } = attributes;
    const pixels = kernel[0] * kernel[1];
    if (isTiling(attributes)) {
      const share = writer.node('Mul', [gradient, writer.float(1 / pixels)]);
      repeatTiles(writer, share, kernel, windows, inputSize, output);
      return;
    }
    const counts = writer.floats(pixelCounts(attributes, windows, inputSize), windows);
    const share = writer.node('Div', [gradient, counts]);
    const planes = elementCount(types[0].shape.slice(0, 2));
    const summed = scatterWindows(writer, {
      gradient: reshape(writer, share, [planes, 1, ...windows]),
      kernel: writer.floats(new Float32Array(pixels).fill(1), [1, 1, ...kernel]),
      attributes,
      windows,
    });
    reshape(writer, summed, result.shape, output);
  },
};

/** Number of pixels under each window that are not padding, row by row. */
function pixelCounts({ kernel, strides, pads }: WindowAttributes, windows: Pair, size: Pair): number[] {
  const counts = ([0, 1] as const).map((axis) =>
    Array.from({ length: windows[axis] }, (_, index) => {
      const start = index * strides[axis] - pads[axis];
      return Math.min(start + kernel[axis], size[axis]) - Math.max(start, 0);
    }),
  );
  return counts[0].flatMap((down) => counts[1].map((across) => down * across));
}

/**
 * The general way: place by place in the window, in row-major order, the first that equals the maximum takes the
 * gradient; then all places are added back into the picture by a transposed convolution with one-hot kernels.
 */
function winnersByPlace(call: LoweringCall<'maxPool2dGradient'>): void {
  const { writer, inputs, attributes, types, result, output } = call;
  const [x, y, gradient] = inputs;
  const { kernel, strides, pads } = attributes;
  const windows = pictureSize(types[1].shape);
  const planes = elementCount(types[1].shape.slice(0, 2));
  const padded = framed(writer, x, pictureSize(types[0].shape), pads, Number.NEGATIVE_INFINITY);
  const shares: string[] = [];
  let open: string | null = null;
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const ends = [u + (windows[0] - 1) * strides[0] + 1, v + (windows[1] - 1) * strides[1] + 1];
      const place = slice(writer, padded, [2, 3], [u, v], ends, strides);
      const isMaximum = writer.node('Equal', [place, y]);
      const wins = open === null ? isMaximum : writer.node('And', [isMaximum, open]);
      const isNot = writer.node('Not', [isMaximum]);
      open = open === null ? isNot : writer.node('And', [open, isNot]);
      const share = writer.node('Where', [wins, gradient, writer.float(0)]);
      shares.push(reshape(writer, share, [planes, 1, ...windows]));
    }
  }
  const places = shares.length;
  const oneHot = Array.from({ length: places * places }, (_, index) => (index % (places + 1) === 0 ? 1 : 0));
  const summed = scatterWindows(writer, {
    gradient: writer.node('Concat', shares, { axis: 1 }),
    kernel: writer.floats(oneHot, [places, 1, ...kernel]),
    attributes: { ...attributes, inputSize: pictureSize(types[0].shape) },
    windows,
  });
  reshape(writer, summed, result.shape, output);
}
