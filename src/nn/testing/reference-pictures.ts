/** @file Operations that change the size of pictures, in float64. */
import type { PictureOp, ResizeAttributes } from '../graph/ops.ts';
import { type Array64, array64, countOf, type ReferenceRules } from './array64.ts';

/** Visits every product that resizing sums: pixel before, pixel after, share of the one in the other. */
function eachShare(
  [height, width]: readonly number[],
  { size, interpolation }: ResizeAttributes,
  visit: (before: number, after: number, share: number) => void,
): void {
  const place = (pixel: number, before: number, after: number): number => ((pixel + 0.5) * before) / after - 0.5;
  // The hat function around each pixel; beyond the edge there is the edge.
  const share = (at: number, pixel: number, count: number): number => {
    if (interpolation === 'nearest') return Math.floor(at + 0.5) === pixel ? 1 : 0;
    return Math.max(1 - Math.abs(Math.min(Math.max(at, 0), count - 1) - pixel), 0);
  };
  for (let row = 0; row < size[0]; row++) {
    for (let column = 0; column < size[1]; column++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const part = share(place(row, height, size[0]), y, height) * share(place(column, width, size[1]), x, width);
          if (part !== 0) visit(y * width + x, row * size[1] + column, part);
        }
      }
    }
  }
}

export const PICTURE_REFERENCE: ReferenceRules<PictureOp> = {
  pad2d: ([x], { pads: [top, left, bottom, right] }) => {
    const [batch, channels, height, width] = x.shape;
    const shape = [batch, channels, height + top + bottom, width + left + right];
    const data = Float64Array.from({ length: countOf(shape) }, (_, index) => {
      const row = (Math.floor(index / shape[3]) % shape[2]) - top;
      const column = (index % shape[3]) - left;
      const plane = Math.floor(index / (shape[2] * shape[3]));
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      return inside ? x.data[(plane * height + row) * width + column] : 0;
    });
    return array64(shape, data);
  },
  resize2d: ([x], attributes) => {
    const [batch, channels, height, width] = x.shape;
    const shape = [batch, channels, ...attributes.size];
    const data = new Float64Array(countOf(shape));
    eachShare([height, width], attributes, (before, after, share) => {
      for (let plane = 0; plane < batch * channels; plane++) {
        data[plane * shape[2] * shape[3] + after] += share * x.data[plane * height * width + before];
      }
    });
    return array64(shape, data);
  },
  resize2dGradient: ([gradient], { size, interpolation }): Array64 => {
    const [batch, channels, height, width] = gradient.shape;
    const data = new Float64Array(batch * channels * size[0] * size[1]);
    eachShare(size, { size: [height, width], interpolation }, (before, after, share) => {
      for (let plane = 0; plane < batch * channels; plane++) {
        data[plane * size[0] * size[1] + before] += share * gradient.data[plane * height * width + after];
      }
    });
    return array64([batch, channels, ...size], data);
  },
};
