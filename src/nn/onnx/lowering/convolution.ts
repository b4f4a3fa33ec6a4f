/** @file Lowering of matrix products and convolutions. */
import { depthwiseInputGradient, isDepthwiseWithoutStrides } from './depthwise-input-gradient.ts';
import { conv2dKernelGradient } from './kernel-gradient.ts';
import { framed, type LoweringRules, negative, positive } from './rule.ts';
import { pictureSize, scatterWindows, windowAttributes } from './windows.ts';

export const CONVOLUTION_LOWERING: LoweringRules<
  'matrixMultiply' | 'conv2d' | 'conv2dInputGradient' | 'conv2dKernelGradient'
> = {
  matrixMultiply: ({ writer, inputs, attributes, output }) => {
    const { transposeA, transposeB } = attributes;
    writer.node('Gemm', inputs, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }, output);
  },
  conv2d: ({ writer, inputs: [x, ...weights], attributes, types, output }) => {
    const cropped = framed(writer, x, pictureSize(types[0].shape), negative(attributes.pads));
    const pads = positive(attributes.pads);
    writer.node('Conv', [cropped, ...weights], windowAttributes({ ...attributes, pads }), output);
  },
  conv2dInputGradient: (call) => {
    if (isDepthwiseWithoutStrides(call)) return depthwiseInputGradient(call);
    const { writer, inputs, attributes, types, output } = call;
    const [gradient, kernel] = inputs;
    scatterWindows(writer, { gradient, kernel, attributes, windows: pictureSize(types[0].shape), output });
  },
  conv2dKernelGradient,
};
