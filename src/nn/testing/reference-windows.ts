/** @file Matrix products, convolutions and pools in float64, window by window. */
import type { ConvolutionAttributes, Pair, ProductOp, WindowAttributes } from '../graph/ops.ts';
import { windowOutput } from '../graph/window.ts';
import { type Array64, array64, type ReferenceRules } from './array64.ts';

/** Pixels of the picture under one window, with their places in the kernel, in row-major order. */
function* pixelsUnder(
  window: Pair,
  [height, width]: Pair,
  { kernel, strides, pads, dilations = [1, 1] }: WindowAttributes,
): Generator<{ place: number; pixel: number }> {
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const row = window[0] * strides[0] - pads[0] + u * dilations[0];
      const column = window[1] * strides[1] - pads[1] + v * dilations[1];
      if (row >= 0 && row < height && column >= 0 && column < width) {
        yield { place: u * kernel[1] + v, pixel: row * width + column };
      }
    }
  }
}

function* windowsOf([rows, columns]: Pair): Generator<{ window: Pair; index: number }> {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) yield { window: [row, column], index: row * columns + column };
  }
}

/** Visits every product that a convolution sums, as indices into picture, kernel and result. */
function eachTerm(
  [batch, channels, height, width]: readonly number[],
  filters: number,
  attributes: ConvolutionAttributes,
  visit: (x: number, kernel: number, result: number) => void,
): void {
  const size = windowOutput([height, width], attributes);
  const places = attributes.kernel[0] * attributes.kernel[1];
  const groups = attributes.groups ?? 1;
  const perGroup = channels / groups;
  for (const { window, index } of windowsOf(size)) {
    for (const { place, pixel } of pixelsUnder(window, [height, width], attributes)) {
      for (let n = 0; n < batch; n++) {
        for (let filter = 0; filter < filters; filter++) {
          const first = Math.floor(filter / (filters / groups)) * perGroup;
          for (let channel = 0; channel < perGroup; channel++) {
            visit(
              (n * channels + first + channel) * height * width + pixel,
              (filter * perGroup + channel) * places + place,
              (n * filters + filter) * size[0] * size[1] + index,
            );
          }
        }
      }
    }
  }
}

function pooled(x: Array64, attributes: WindowAttributes, reduce: (values: number[]) => number): Array64 {
  const [batch, channels, height, width] = x.shape;
  const size = windowOutput([height, width], attributes);
  const data = new Float64Array(batch * channels * size[0] * size[1]);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (const { window, index } of windowsOf(size)) {
      const pixels = [...pixelsUnder(window, [height, width], attributes)];
      const values = pixels.map(({ pixel }) => x.data[plane * height * width + pixel]);
      data[plane * size[0] * size[1] + index] = reduce(values);
    }
  }
  return array64([batch, channels, ...size], data);
}

/** Gradient of a pool: `share` says what each pixel of a window gets of the window's gradient. */
function pooledBack(
  shape: readonly number[],
  gradient: Array64,
  attributes: WindowAttributes,
  share: (pixels: number[]) => number[],
): Array64 {
  const [batch, channels, height, width] = shape;
  const size = windowOutput([height, width], attributes);
  const data = new Float64Array(batch * channels * height * width);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (const { window, index } of windowsOf(size)) {
      const pixels = [...pixelsUnder(window, [height, width], attributes)].map(
        ({ pixel }) => plane * height * width + pixel,
      );
      const shares = share(pixels);
      pixels.forEach((pixel, place) => {
        data[pixel] += shares[place] * gradient.data[plane * size[0] * size[1] + index];
      });
    }
  }
  return array64(shape, data);
}

/** One number for each place in a group, from the indices of that place in every group. */
function overGroups(x: Array64, groups: number, reduce: (values: number[], place: number) => number): Array64 {
  const [batch, channels, height, width] = x.shape;
  const perGroup = (channels / groups) * height * width;
  const data = Float64Array.from({ length: batch * perGroup }, (_, place) => {
    const start = Math.floor(place / perGroup) * groups * perGroup + (place % perGroup);
    return reduce(
      Array.from({ length: groups }, (_group, group) => start + group * perGroup),
      place,
    );
  });
  return array64([batch, channels / groups, height, width], data);
}

export const WINDOW_REFERENCE: ReferenceRules<ProductOp> = {
  matrixMultiply: ([a, b, c], { transposeA, transposeB }) => {
    const [rows, inner] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
    const columns = transposeB ? b.shape[0] : b.shape[1];
    const data = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = c ? c.data[column] : 0;
        for (let k = 0; k < inner; k++) {
          const left = transposeA ? k * rows + row : row * inner + k;
          const right = transposeB ? column * inner + k : k * columns + column;
          sum += a.data[left] * b.data[right];
        }
        data[row * columns + column] = sum;
      }
    }
    return array64([rows, columns], data);
  },
  conv2d: ([x, kernel, bias], attributes) => {
    const filters = kernel.shape[0];
    const size = windowOutput([x.shape[2], x.shape[3]], attributes);
    const pixels = size[0] * size[1];
    const data = Float64Array.from({ length: x.shape[0] * filters * pixels }, (_, index) =>
      bias ? bias.data[Math.floor(index / pixels) % filters] : 0,
    );
    eachTerm(x.shape, filters, attributes, (at, place, result) => {
      data[result] += x.data[at] * kernel.data[place];
    });
    return array64([x.shape[0], filters, ...size], data);
  },
  conv2dInputGradient: ([gradient, kernel], attributes) => {
    const shape = [gradient.shape[0], kernel.shape[1] * (attributes.groups ?? 1), ...attributes.inputSize];
    const data = new Float64Array(shape.reduce((a, b) => a * b));
    eachTerm(shape, kernel.shape[0], attributes, (at, place, result) => {
      data[at] += gradient.data[result] * kernel.data[place];
    });
    return array64(shape, data);
  },
  conv2dKernelGradient: ([x, gradient], attributes) => {
    const shape = [gradient.shape[1], x.shape[1] / (attributes.groups ?? 1), ...attributes.kernel];
    const data = new Float64Array(shape.reduce((a, b) => a * b));
    eachTerm(x.shape, gradient.shape[1], attributes, (at, place, result) => {
      data[place] += gradient.data[result] * x.data[at];
    });
    return array64(shape, data);
  },
  maxPool2d: ([x], attributes) => pooled(x, attributes, (values) => Math.max(...values)),
  maxPool2dGradient: ([x, , gradient], attributes) =>
    pooledBack(x.shape, gradient, attributes, (pixels) => {
      const values = pixels.map((pixel) => x.data[pixel]);
      const winner = values.indexOf(Math.max(...values));
      return values.map((_, place) => (place === winner ? 1 : 0));
    }),
  maximumOverGroups: ([x], { groups }) =>
    overGroups(x, groups, (values) => Math.max(...values.map((index) => x.data[index]))),
  maximumOverGroupsGradient: ([x, , gradient], { groups }) => {
    const data = new Float64Array(x.data.length);
    overGroups(x, groups, (values, place) => {
      const numbers = values.map((index) => x.data[index]);
      data[values[numbers.indexOf(Math.max(...numbers))]] = gradient.data[place];
      return 0;
    });
    return array64(x.shape, data);
  },
  averagePool2d: ([x], attributes) =>
    pooled(x, attributes, (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  averagePool2dGradient: ([gradient], attributes) =>
    pooledBack([gradient.shape[0], gradient.shape[1], ...attributes.inputSize], gradient, attributes, (pixels) =>
      pixels.map(() => 1 / pixels.length),
    ),
};
