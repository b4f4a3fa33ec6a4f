/** @file What all convolution layers share: arguments, windows, and the operation they are made of. */
import type { ConvolutionConfig, SizeArgument } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import { convolution } from '../graph/padding.ts';
import {
  type ArgumentCheck,
  activationName,
  flag,
  optional,
  paddingName,
  positiveSize,
  required,
} from './arguments.ts';
import type { LayerParameter } from './rule.ts';
import { pairOf, type WindowConfig, windowOf } from './windows.ts';

/** The graph of a step may have nodes for each place of a kernel: with more it takes longer to write than to run. */
const MAX_PLACES = 128 * 128;

const kernelSize: ArgumentCheck = (value) => {
  const expected = positiveSize(value);
  if (expected) return expected;
  const [height, width] = pairOf(value as SizeArgument);
  return height * width > MAX_PLACES ? `a kernel of at most ${MAX_PLACES} places, such as 128 x 128,` : null;
};

export const CONVOLUTION_ARGUMENTS = {
  kernelSize: required(kernelSize),
  strides: optional(positiveSize),
  padding: optional(paddingName),
  dilationRate: optional(positiveSize),
  activation: optional(activationName),
  useBias: optional(flag),
};

export function convolutionWindow(config: ConvolutionConfig): WindowConfig {
  const { kernelSize, strides = 1, padding, dilationRate = 1 } = config;
  const dilations = pairOf(dilationRate);
  const window = { kernel: pairOf(kernelSize), strides: pairOf(strides), padding };
  return dilations.every((dilation) => dilation === 1) ? window : { ...window, dilations };
}

/** Keras has no such convolutions either. */
export function stridesWithDilation({ strides = 1, dilationRate = 1 }: ConvolutionConfig): string | null {
  if (Math.max(...pairOf(strides)) === 1 || Math.max(...pairOf(dilationRate)) === 1) return null;
  return `has strides = ${JSON.stringify(strides)} and dilationRate = ${JSON.stringify(dilationRate)}; one of them was expected to be 1.`;
}

/** Adds the operation. `weights` are the kernel and, maybe, the bias. */
export function convolve(
  builder: GraphBuilder,
  x: Value,
  weights: readonly Value[],
  window: WindowConfig,
  groups = 1,
): Value {
  const attributes = windowOf([fixed(x.shape, 2), fixed(x.shape, 3)], window);
  return convolution(builder, x, weights, groups === 1 ? attributes : { ...attributes, groups });
}

export type Fans = Pick<LayerParameter, 'fanIn' | 'fanOut'>;

/** Fans as Keras counts them, from the last two axes of its kernels: `[height, width, before, after]`. */
export function kernelFans({ kernelSize }: ConvolutionConfig, before: number, after: number): Fans {
  const [height, width] = pairOf(kernelSize);
  return { fanIn: height * width * before, fanOut: height * width * after };
}

export function biasParameter(count: number, fans: Fans, useBias = true): LayerParameter[] {
  return useBias ? [{ name: 'bias', shape: [count], initializer: 'zeros', ...fans }] : [];
}
