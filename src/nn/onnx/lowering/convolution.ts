/** @file Lowering of matrix products and convolutions. */
import type { Pads } from '../../graph/ops.ts';
import { conv2dKernelGradient } from './kernel-gradient.ts';
import { framed, type LoweringRules, positive } from './rule.ts';
import { pictureSize, scatterWindows, windowAttributes } from './windows.ts';

export const CONVOLUTION_LOWERING: LoweringRules<
  'matrixMultiply' | 'conv2d' | 'conv2dInputGradient' | 'conv2dKernelGradient'
> = {
  matrixMultiply: ({ writer, inputs, attributes, output }) => {
    const { transposeA, transposeB } = attributes;
    writer.node('Gemm', inputs, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }, output);
  },
  conv2d: ({ writer, inputs: [x, ...weights], attributes, types, output }) => {
    const [top, left, bottom, right] = attributes.pads;
    const crop: Pads = [Math.min(top, 0), Math.min(left, 0), Math.min(bottom, 0), Math.min(right, 0)];
    const cropped = framed(writer, x, pictureSize(types[0].shape), crop);
    const pads = positive(attributes.pads);
    writer.node('Conv', [cropped, ...weights], windowAttributes({ ...attributes, pads }), output);
  },
  conv2dInputGradient: ({ writer, inputs: [gradient, kernel], attributes, types, output }) => {
    scatterWindows(writer, { gradient, kernel, attributes, windows: pictureSize(types[0].shape), output });
  },
  conv2dKernelGradient,
};
