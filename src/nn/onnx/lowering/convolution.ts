/**
 * @file Lowering of matrix products and convolutions.
 *
 * The kernel's gradient is a product of the result's gradient `[out, n * pixels]` with shifted inputs
 * `[in, n * pixels]`, one for every place in the kernel. There are two ways to write it, chosen by cost.
 */
import { fixed } from '../../graph/graph.ts';
import type { Pads } from '../../graph/ops.ts';
import type { OnnxWriter } from '../writer.ts';
import { framed, type LoweringCall, type LoweringRules, padPixels, reshape, slice } from './rule.ts';
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
  conv2dKernelGradient: (call) => {
    if (shiftedRowsCostLess(call)) shiftedRows(call);
    else gatheredPatches(call);
  },
};

type KernelGradientCall = LoweringCall<'conv2dKernelGradient'>;

/**
 * Measured: shifting copies whole rows and multiplies once per place in the kernel, so each product must be big enough
 * to be worth its call: from 8 input channels on. It also multiplies the columns that hang over the right edge.
 */
function shiftedRowsCostLess({ attributes: { strides }, types: [x] }: KernelGradientCall): boolean {
  return strides[0] === 1 && strides[1] === 1 && fixed(x.shape, 1) >= 8;
}

interface KernelGradientShape {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  /** Of the padded input. */
  readonly height: number;
  readonly width: number;
  /** Of the result. */
  readonly rows: number;
  readonly columns: number;
}

function measure({ attributes: { pads }, types: [x, gradient] }: KernelGradientCall): KernelGradientShape {
  return {
    batch: fixed(x.shape, 0),
    channels: fixed(x.shape, 1),
    filters: fixed(gradient.shape, 1),
    height: fixed(x.shape, 2) + pads[0] + pads[2],
    width: fixed(x.shape, 3) + pads[1] + pads[3],
    rows: fixed(gradient.shape, 2),
    columns: fixed(gradient.shape, 3),
  };
}

/** Channels first, so that the pixels of all samples form one long row for each channel. */
function channelsFirst(writer: OnnxWriter, x: string): string {
  return writer.node('Transpose', [x], { perm: [1, 0, 2, 3] });
}

/**
 * One product per place in the kernel. The gradient's rows are widened to the input's width with zeros;
 * then a place `(u, v)` is the input's pixels from `u * width + v` on, in one piece.
 */
function shiftedRows(call: KernelGradientCall): void {
  const { writer, inputs, attributes, output } = call;
  const { batch, channels, filters, height, width, rows, columns } = measure(call);
  const [kernelHeight, kernelWidth] = attributes.kernel;
  const length = rows * width;
  const pixels = reshape(
    writer,
    channelsFirst(writer, framed(writer, inputs[0], pictureSize(call.types[0].shape), attributes.pads)),
    [channels, batch, height * width],
  );
  // The last shift reads as many pixels past the end as the kernel is wide, less one.
  const tail = (kernelHeight - 1) * width + (kernelWidth - 1) + length - height * width;
  const padded = tail > 0 ? writer.node('Pad', [pixels, writer.ints(0, 0, 0, 0, 0, tail)]) : pixels;
  const narrow = channelsFirst(writer, inputs[1]);
  const wide = width === columns ? narrow : padPixels(writer, narrow, [0, 0, 0, width - columns]);
  const gradient = reshape(writer, wide, [filters, batch * length]);
  const places: string[] = [];
  for (let u = 0; u < kernelHeight; u++) {
    for (let v = 0; v < kernelWidth; v++) {
      const start = u * width + v;
      const shifted = reshape(writer, slice(writer, padded, [2], [start], [start + length]), [
        channels,
        batch * length,
      ]);
      const product = writer.node('Gemm', [gradient, shifted], { transB: 1 });
      places.push(reshape(writer, product, [filters, channels, 1]));
    }
  }
  const joined = writer.node('Concat', places, { axis: 2 });
  reshape(writer, joined, [filters, channels, kernelHeight, kernelWidth], output);
}

/** Gathers the patch under every window (im2col), then one product. Right for all strides. */
function gatheredPatches(call: KernelGradientCall): void {
  const { writer, inputs, attributes, output } = call;
  const { batch, channels, filters, rows, columns } = measure(call);
  const { kernel, strides, pads } = attributes;
  const pixels = channelsFirst(writer, framed(writer, inputs[0], pictureSize(call.types[0].shape), pads));
  const gradient = reshape(writer, channelsFirst(writer, inputs[1]), [filters, batch * rows * columns]);
  const places: string[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const ends = [u + (rows - 1) * strides[0] + 1, v + (columns - 1) * strides[1] + 1];
      const place = slice(writer, pixels, [2, 3], [u, v], ends, strides);
      places.push(reshape(writer, place, [channels, batch * rows * columns]));
    }
  }
  const patches = places.length === 1 ? places[0] : writer.node('Concat', places, { axis: 0 });
  const product = writer.node('Gemm', [gradient, patches], { transB: 1 });
  const spread = reshape(writer, product, [filters, kernel[0], kernel[1], channels]);
  writer.node('Transpose', [spread], { perm: [0, 3, 1, 2] }, output);
}
