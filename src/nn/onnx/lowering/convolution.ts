/**
 * @file Lowering of matrix products and convolutions.
 *
 * The kernel's gradient is a product of the result's gradient `[out, n * pixels]` with shifted inputs
 * `[in, n * pixels]`, one for every place in the kernel. There are two ways to write it, chosen by cost.
 */
import { fixed } from '../../graph/graph.ts';
import type { Pads } from '../../graph/ops.ts';
import type { OnnxWriter } from '../writer.ts';
import { framed, type LoweringCall, type LoweringRules, reshape, slice } from './rule.ts';
import { pictureSize, scatterWindows, windowAttributes } from './windows.ts';

export const CONVOLUTION_LOWERING: LoweringRules<
  'matrixMultiply' | 'conv2d' | 'conv2dInputGradient' | 'conv2dKernelGradient'
> = {
  matrixMultiply: ({ writer, inputs, attributes, output }) => {
    const { transposeA, transposeB } = attributes;
    writer.node('Gemm', inputs, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }, output);
  },
  conv2d: ({ writer, inputs: [x, ...weights], attributes, types, output }) => {
    const { pads } = attributes;
    const crop: Pads = [0, 0, Math.min(pads[2], 0), Math.min(pads[3], 0)];
    const grow: Pads = [pads[0], pads[1], Math.max(pads[2], 0), Math.max(pads[3], 0)];
    const cropped = framed(writer, x, pictureSize(types[0].shape), crop);
    writer.node('Conv', [cropped, ...weights], windowAttributes({ ...attributes, pads: grow }), output);
  },
  conv2dInputGradient: ({ writer, inputs: [gradient, kernel], attributes, types, output }) => {
    scatterWindows(writer, { gradient, kernel, attributes, windows: pictureSize(types[0].shape), output });
  },
  conv2dKernelGradient,
};

type KernelGradientCall = LoweringCall<'conv2dKernelGradient'>;

/**
 * Measured: one product over all places at once must first copy them all together, which is worth it as long as the
 * products for single places would be thin. With 8 input channels both cost the same.
 */
const FEWEST_CHANNELS_PER_PLACE = 8;

function conv2dKernelGradient({ writer, inputs, attributes, types: [x, gradient], output }: KernelGradientCall): void {
  const channels = fixed(x.shape, 1);
  const filters = fixed(gradient.shape, 1);
  const size = pictureSize(gradient.shape);
  const pixels = fixed(x.shape, 0) * size[0] * size[1];
  const { kernel, strides, pads } = attributes;
  // Channels first, so that the pixels of all samples form one long row for each channel.
  const picture = channelsFirst(writer, framed(writer, inputs[0], pictureSize(x.shape), pads));
  const rows = reshape(writer, channelsFirst(writer, inputs[1]), [filters, pixels]);
  const places: string[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const ends = [u + (size[0] - 1) * strides[0] + 1, v + (size[1] - 1) * strides[1] + 1];
      const place = slice(writer, picture, [2, 3], [u, v], ends, strides);
      places.push(reshape(writer, place, [channels, pixels]));
    }
  }
  // Measured: the product is faster, by up to a third, when the second matrix is the smaller one.
  const product = (patches: string, height: number): string =>
    height <= filters
      ? writer.node('Gemm', [rows, patches], { transB: 1 })
      : writer.node('Transpose', [writer.node('Gemm', [patches, rows], { transB: 1 })], { perm: [1, 0] });
  if (channels >= FEWEST_CHANNELS_PER_PLACE) {
    const products = places.map((place) => reshape(writer, product(place, channels), [filters, channels, 1]));
    reshape(writer, writer.node('Concat', products, { axis: 2 }), [filters, channels, ...kernel], output);
  } else {
    const patches = places.length === 1 ? places[0] : writer.node('Concat', places, { axis: 0 });
    const all = product(patches, channels * places.length);
    const spread = reshape(writer, all, [filters, ...kernel, channels]);
    writer.node('Transpose', [spread], { perm: [0, 3, 1, 2] }, output);
  }
}

function channelsFirst(writer: OnnxWriter, x: string): string {
  return writer.node('Transpose', [x], { perm: [1, 0, 2, 3] });
}
