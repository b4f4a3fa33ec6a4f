/** @file Lowering of matrix products and convolutions. */
import type { Pads } from '../../graph/ops.ts';
import { conv2dKernelGradient } from './kernel-gradient.ts';
import { framed, type LoweringRules } from './rule.ts';
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
