/** @file Lowering of operations that change the size of pictures. */
import type { Pair, PictureOp, ResizeAttributes, Shape } from '../../graph/ops.ts';
import type { OnnxWriter } from '../writer.ts';
import { type LoweringRules, padPixels, reshape, slice } from './rule.ts';
import { pictureSize, repeatTiles } from './windows.ts';

export const PICTURE_LOWERING: LoweringRules<PictureOp> = {
  pad2d: ({ writer, inputs: [x], attributes: { pads }, types, result, output }) => {
    if (pads.every((pad) => pad <= 0)) {
      padPixels(writer, x, pads, output);
      return;
    }
    // The runtime would make a `Pad` the padding of a max-pool that follows, which is not zero but below everything.
    // Reshaping costs nothing and comes between the two.
    const [top, left, bottom, right] = pads;
    const planes = reshape(writer, x, ['planes', ...pictureSize(types[0].shape)]);
    const padded = writer.node('Pad', [planes, writer.ints(0, top, left, 0, bottom, right)]);
    reshape(writer, padded, result.shape, output);
  },
  resize2d: ({ writer, inputs: [x], attributes: { size, interpolation }, types, output }) => {
    const before = pictureSize(types[0].shape);
    if (interpolation === 'bilinear') {
      const how = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
      writer.node('Resize', [x, '', '', allSizes(writer, x, types[0].shape, size)], how, output);
      return;
    }
    const times = factors(before, size);
    if (times) {
      repeatTiles(writer, x, times, before, size, output);
      return;
    }
    // Which pixel is the nearest is found here, in whole numbers: the runtime's float32 may miss it by one.
    const rows = writer.node('Gather', [x, writer.ints(...nearestPixels(before[0], size[0]))], { axis: 2 });
    writer.node('Gather', [rows, writer.ints(...nearestPixels(before[1], size[1]))], { axis: 3 }, output);
  },
  resize2dGradient: ({ writer, inputs: [gradient], attributes, types, output }) => {
    const { size, interpolation } = attributes;
    const large = pictureSize(types[0].shape);
    const times = factors(size, large);
    if (interpolation === 'nearest' && times) {
      const mean = writer.node('AveragePool', [gradient], { kernel_shape: times, strides: times });
      writer.node('Mul', [mean, writer.float(times[0] * times[1])], {}, output);
      return;
    }
    // Resizing is a product with a matrix on each side, and so is its gradient, with the same two.
    const [down, across] = ([0, 1] as const).map((axis) => shares(large[axis], size[axis], interpolation));
    const columns = writer.node('MatMul', [gradient, writer.floats(across, [large[1], size[1]])]);
    const rows = writer.floats(transposed(down, large[0], size[0]), [size[0], large[0]]);
    writer.node('MatMul', [rows, columns], {}, output);
  },
};

/** A size for each axis of `[n, c, h, w]`: the runtime fails where it moves a transposition past a Resize that names axes. */
function allSizes(writer: OnnxWriter, x: string, [count, channels]: Shape, size: Pair): string {
  if (typeof count === 'number') return writer.ints(count, channels as number, ...size);
  const sides = writer.ints(channels as number, ...size);
  const first = slice(writer, writer.node('Shape', [x]), [0], [0], [1]);
  return writer.node('Concat', [first, sides], { axis: 0 });
}

/** How many times larger the second size is, when that is a whole number. */
function factors(small: Pair, large: Pair): Pair | null {
  const times: Pair = [large[0] / small[0], large[1] / small[1]];
  return times.every(Number.isInteger) ? times : null;
}

/** For each pixel along one axis after resizing, the one before whose middle is nearest; of two, the later one. */
export function nearestPixels(before: number, after: number): number[] {
  return Array.from({ length: after }, (_, pixel) => Math.floor(((2 * pixel + 1) * before) / (2 * after)));
}

/** The matrix `[after, before]` of resizing along one axis: how much of each pixel goes into each. */
function shares(after: number, before: number, interpolation: ResizeAttributes['interpolation']): Float64Array {
  const matrix = new Float64Array(after * before);
  const add = (pixel: number, source: number, share: number): void => {
    matrix[pixel * before + source] += share;
  };
  if (interpolation === 'nearest') {
    nearestPixels(before, after).forEach((source, pixel) => {
      add(pixel, source, 1);
    });
    return matrix;
  }
  for (let pixel = 0; pixel < after; pixel++) {
    const middle = Math.min(Math.max(((pixel + 0.5) * before) / after - 0.5, 0), before - 1);
    const first = Math.floor(middle);
    add(pixel, first, 1 - (middle - first));
    add(pixel, Math.min(first + 1, before - 1), middle - first);
  }
  return matrix;
}

function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  return data.map((_, index) => data[(index % rows) * columns + Math.floor(index / rows)]);
}
